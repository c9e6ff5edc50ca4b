"""The default version of a flow: a checksum of the file that defines it, read when the version is first asked for."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from inspect import getsourcefile
from typing import Any

__all__ = ["source_version"]


def source_version(fn: Callable[..., Any]) -> str | None:
    """The MD5 of the file in which `fn` is defined, as hexadecimal digits; None where there is no such file."""
    try:
        file = getsourcefile(fn)
    except TypeError:  # A callable object, or a function written in C.
        return None
    return _checksum(file) if file is not None else None


@lru_cache
def _checksum(file: str) -> str | None:
    try:
        with open(file, "rb") as source:
            content = source.read()
    except OSError:
        return None
    return _md5()(content, usedforsecurity=False).hexdigest()


def _md5() -> Any:
    """The algorithm from Python's own module where it is there: hashlib takes OpenSSL along, 4 ms of every script."""
    try:
        return import_module("_md5").md5
    except ImportError:
        return import_module("hashlib").md5
