"""Virtual environments in which the alias can be turned on for every process."""

import sysconfig
import venv
from pathlib import Path

from tests.architecture.source import PACKAGE
from tests.compat.processes import Ended, python

__all__ = ["Environment"]


class Environment:
    """A virtual environment in which Headrace can be imported."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self.folder = folder
        self.interpreter = folder / "venv" / "bin" / "python"
        (self.site_packages,) = (folder / "venv").glob("lib/python*/site-packages")
        (self.site_packages / "headrace.pth").write_text(f"{PACKAGE.parent}\n{sysconfig.get_path('purelib')}\n")

    def python(self, *arguments: str, **variables: str) -> Ended:
        return python(*arguments, folder=self.folder, interpreter=self.interpreter, **variables)

    def compat(self, *words: str, **variables: str) -> Ended:
        return self.python("-m", "headrace", "compat", *words, **variables)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.site_packages)) for path in self.site_packages.rglob("*")}
