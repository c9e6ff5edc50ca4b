"""Which machine, and which start of it, a journal was written on."""

import os
import sys

__all__ = ["boot_id", "host_name"]

_LINUX_BOOT_ID = "/proc/sys/kernel/random/boot_id"


def host_name() -> str:
    """The machine's name, as it knows itself."""
    return os.uname().nodename


def boot_id() -> str:
    """What changes with each start of the machine; empty where the system does not say."""
    if sys.platform == "darwin":
        return _sysctl("kern.bootsessionuuid")
    try:
        with open(_LINUX_BOOT_ID, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _sysctl(name: str) -> str:
    import ctypes  # 10 ms: needed on macOS alone.

    library = ctypes.CDLL(None)
    length = ctypes.c_size_t(0)
    if library.sysctlbyname(name.encode(), None, ctypes.byref(length), None, 0):
        return ""
    buffer = ctypes.create_string_buffer(length.value)
    if library.sysctlbyname(name.encode(), buffer, ctypes.byref(length), None, 0):
        return ""
    return buffer.value.decode("ascii", "replace")
