"""Instants and durations as people say them: "3 min ago", "2 h 5 min"; local time, to the second that matters."""

from datetime import datetime, timedelta

__all__ = ["clock_time", "duration", "local_time", "relative", "since"]

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_JUST_NOW_SECONDS = 5
_RELATIVE_DAYS = 30


def relative(at: datetime, now: datetime) -> str:
    """How long ago an instant is, or how far ahead; beyond a month, its local date."""
    seconds = (now - at).total_seconds()
    distance = abs(seconds)
    if distance < _JUST_NOW_SECONDS:
        return "just now"
    if distance >= _RELATIVE_DAYS * _DAY:
        return at.astimezone().strftime("%Y-%m-%d")
    said = _largest_unit(distance)
    return f"{said} ago" if seconds > 0 else f"in {said}"


def local_time(at: datetime, now: datetime) -> str:
    """The local date and time, and how long ago that is."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S} ({relative(at, now)})"


def clock_time(at: datetime) -> str:
    """The local date and time to the millisecond, as log lines begin."""
    local = at.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"


def since(begin: datetime, at: datetime) -> str:
    """The distance of `at` behind `begin`, as "+12 ms"."""
    return f"+{duration(at - begin)}"


def duration(length: timedelta) -> str:
    """A length of time in its two largest units, or in one with a digit behind the point."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.00095 else f"{seconds * 1e6:.0f} us"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, smaller, smaller_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name} {rest} {smaller_name}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def _largest_unit(seconds: float) -> str:
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return f"{seconds:.0f} s"
