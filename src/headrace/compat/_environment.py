"""The alias for a whole environment, subprocesses included: a file that its interpreter reads at each start.

The file holds one line, which puts a finder first that knows a single name. It compares strings until somebody imports
prefect, and only then loads Headrace; HEADRACE_COMPAT=0 leaves it out.
"""

import os
import site
import sysconfig
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

import msgspec

__all__ = ["VARIABLE", "EnvironmentAlias", "disable", "enable", "environment_alias"]

VARIABLE = "HEADRACE_COMPAT"
"""Set to 0, this variable switches off, for a process and its children, what `enable` switched on."""

_FILE = "headrace_compat.pth"
_LINE = (
    f'import os, sys; os.environ.get("{VARIABLE}") == "0" or sys.meta_path.insert(0, type("HeadraceCompat", (), '
    '{"find_spec": staticmethod(lambda name, path=None, target=None: '
    '__import__("headrace.compat._finder", fromlist=["find_prefect"]).find_prefect() if name == "prefect" else None)}))'
    "\n"
)


class EnvironmentAlias(msgspec.Struct, frozen=True):
    """What is so in this interpreter's environment."""

    file: Path
    is_written: bool
    is_current: bool  # whether what stands there is what this version of Headrace writes
    is_read: bool  # whether the interpreter reads such files in that folder
    switched_off: bool  # by the variable
    real_prefect: str | None  # the version of the Prefect that is installed as well

    @property
    def is_on(self) -> bool:
        """Whether a process that starts now finds Headrace as prefect."""
        return self.is_written and self.is_read and not self.switched_off


def environment_alias(environment: Mapping[str, str] = os.environ) -> EnvironmentAlias:
    """Looks at the environment of the interpreter that runs."""
    folder = Path(sysconfig.get_path("purelib"))
    file = folder / _FILE
    written = file.read_text(encoding="utf-8") if file.exists() else None
    read = {Path(each).resolve() for each in site.getsitepackages()}
    return EnvironmentAlias(
        file=file,
        is_written=written is not None,
        is_current=written == _LINE,
        is_read=folder.resolve() in read,
        switched_off=environment.get(VARIABLE) == "0",
        real_prefect=_installed_prefect(),
    )


def enable() -> EnvironmentAlias:
    """Writes the file, whole or not at all.

    Raises:
        OSError: the environment cannot be written.
    """
    alias = environment_alias()
    if not alias.is_current:
        unfinished = alias.file.with_name(f".{_FILE}.{os.getpid()}")
        try:
            unfinished.write_text(_LINE, encoding="utf-8")
            unfinished.replace(alias.file)
        finally:
            unfinished.unlink(missing_ok=True)
    return environment_alias()


def disable() -> EnvironmentAlias:
    """Removes the file.

    Raises:
        OSError: the environment cannot be written.
    """
    alias = environment_alias()
    alias.file.unlink(missing_ok=True)
    return environment_alias()


def _installed_prefect() -> str | None:
    try:
        return version_of("prefect")
    except PackageNotFoundError:
        return None
