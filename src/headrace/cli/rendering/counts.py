"""Numbers with their noun, and amounts of bytes."""

__all__ = ["bytes_text", "counted"]


def counted(number: int, noun: str) -> str:
    """ "1 flow run", "2 flow runs"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def bytes_text(count: int) -> str:
    """An amount of bytes in the unit that keeps it below 1000."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
