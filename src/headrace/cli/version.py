"""`headrace version`: what is installed here, and where the control plane is."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

import click
import msgspec

from headrace import __version__
from headrace._kernel.urls import without_password
from headrace._wire.routes import API_VERSION
from headrace.cli.options import output_option
from headrace.cli.rendering.screen import print_json, print_pairs
from headrace.settings import get_current_settings

__all__ = ["Versions", "version", "versions"]

_PACKAGES = ("click", "httpx", "msgspec", "psycopg", "pydantic", "rich", "sqlalchemy", "starlette", "uvicorn")


class Versions(msgspec.Struct, frozen=True):
    """What runs here."""

    version: str
    api_version: str
    python_version: str
    os_arch: str
    server_type: str  # "embedded", or "server" where an API URL is set
    api_url: str | None
    database: str
    home: str
    packages: dict[str, str]


def versions() -> Versions:
    """The versions of Headrace, of Python, and of the packages that it stands on."""
    settings = get_current_settings()
    return Versions(
        version=__version__,
        api_version=API_VERSION,
        python_version=platform.python_version(),
        os_arch=f"{platform.system().lower()}/{platform.machine()}",
        server_type="embedded" if settings.api.url is None else "server",
        api_url=without_password(settings.api.url) if settings.api.url else None,
        database=settings.database_url.partition(":")[0],
        home=str(settings.home),
        packages={name: _installed(name) for name in _PACKAGES},
    )


def _installed(package: str) -> str:
    try:
        return version_of(package)
    except PackageNotFoundError:
        return "not installed"


@click.command()
@output_option
def version(output: str | None) -> None:
    """Show the versions of Headrace and of what it runs on."""
    found = versions()
    if output == "json":
        print_json(msgspec.to_builtins(found))
        return
    print_pairs(
        [
            ("Version", found.version),
            ("API version", found.api_version),
            ("Python", found.python_version),
            ("OS/Arch", found.os_arch),
            ("Server type", found.server_type if found.api_url is None else f"{found.server_type} ({found.api_url})"),
            ("Database", found.database),
            ("Home", found.home),
            ("Packages", "\n".join(f"{name} {number}" for name, number in found.packages.items())),
        ]
    )
