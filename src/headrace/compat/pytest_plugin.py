"""`pytest --headrace-compat`, or `headrace_compat = true` in the ini file: the tests' `import prefect` gives Headrace.

pytest loads this module in every session of an environment with Headrace: what it needs, it loads when it is asked.
"""

from importlib import import_module

import pytest

__all__ = ["pytest_addoption", "pytest_load_initial_conftests", "pytest_report_header"]

_ON = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option and the ini value, both off."""
    told = "run code that was written for Prefect on Headrace"
    parser.getgroup("headrace").addoption("--headrace-compat", action="store_true", help=told)
    parser.addini("headrace_compat", told, type="bool", default=False)


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Installs the alias before any conftest can import prefect."""
    if not (early_config.known_args_namespace.headrace_compat or early_config.getini("headrace_compat")):
        return
    try:
        import_module("headrace.compat").install()
    except ImportError as error:
        raise pytest.UsageError(str(error)) from error
    early_config.stash[_ON] = True


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says that the alias is on."""
    return ["headrace: import prefect gives Headrace"] if config.stash.get(_ON, False) else []
