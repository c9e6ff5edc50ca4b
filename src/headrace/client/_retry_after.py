"""How long a server wants to be left alone: the header `Retry-After` (RFC 9110, 10.2.3)."""

from headrace._kernel import clock

__all__ = ["retry_after_seconds"]


def retry_after_seconds(value: str | None) -> float:
    """The seconds of the header, which may also name an instant; 0 where it is not there, or cannot be read."""
    if value is None:
        return 0.0
    try:
        return max(float(int(value)), 0.0)
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime  # 10 ms, for the few who answer so

    try:
        return max(parsedate_to_datetime(value).timestamp() - clock.now() / 1_000_000, 0.0)
    except ValueError:
        return 0.0
