"""`python -m headrace.compat script.py ARGS...`, or `-m MODULE ARGS...`: runs it with the alias, as python would."""

import builtins
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NoReturn

from headrace.compat import install

__all__: list[str] = []

_USAGE = "usage: python -m headrace.compat (SCRIPT | -m MODULE) [ARGUMENTS...]\n"
_USAGE_EXIT_CODE = 2


def main(arguments: list[str]) -> None:
    """Runs what the arguments name."""
    match arguments:
        case ["-m", name, *rest]:
            run_module(name, rest)
        case [script, *rest] if not script.startswith("-"):
            run_script(script, rest)
        case _:
            give_up(_USAGE)


def run_script(script: str, arguments: list[str]) -> None:
    """Runs a file as `__main__`, from its own folder's modules."""
    if not Path(script).is_file():
        give_up(f"headrace.compat: there is no file {script!r}\n")
    sys.argv[:] = [script, *arguments]
    sys.path[0] = str(Path(script).resolve().parent)
    loader = SourceFileLoader("__main__", script)
    run(loader.source_to_code(Path(script).read_bytes(), script), script, loader, None)


def run_module(name: str, arguments: list[str]) -> None:
    """Runs a module, or the `__main__` of a package, as `__main__`."""
    install()
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = find_spec(f"{name}.__main__")
    except ModuleNotFoundError as error:
        give_up(f"headrace.compat: {error}\n")
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_code"):
        give_up(f"headrace.compat: there is no module {name!r} that can be run\n")
    sys.argv[:] = [spec.origin, *arguments]
    loader: Any = spec.loader
    run(loader.get_code(spec.name), spec.origin, loader, spec)


def run(code: CodeType, file: str, loader: object, spec: ModuleSpec | None) -> None:
    """Executes the code in a new `__main__`, which stays: what it started may outlast its last line."""
    install()
    module = ModuleType("__main__")
    package = None if spec is None else spec.parent
    vars(module).update(__builtins__=builtins, __file__=file, __loader__=loader, __package__=package, __spec__=spec)
    sys.modules["__main__"] = module
    exec(code, vars(module))  # noqa: S102 (this is what the command is for)


def give_up(reason: str) -> NoReturn:
    """Ends with a sentence and the exit code of a command that was called wrongly."""
    sys.stderr.write(reason)
    sys.exit(_USAGE_EXIT_CODE)


if __name__ == "__main__":
    main(sys.argv[1:])
