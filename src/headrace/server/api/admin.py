"""Handlers of the routes about the server itself."""

from importlib.metadata import version as distribution_version
from typing import NoReturn

from headrace._wire.admin import CsrfTokenQuery, Ready
from headrace._wire.routes import API_VERSION, COMPATIBLE_VERSION
from headrace.server.api.errors import CsrfDisabled
from headrace.server.store import hot
from headrace.server.store.transactions import Store

__all__ = ["RELEASE", "create_csrf_token", "health", "hello", "protocol_version", "ready", "version"]

RELEASE = distribution_version("headrace")
"""The version of Headrace."""


def hello(store: Store) -> str:
    """A greeting."""
    return "👋"


def health(store: Store) -> bool:
    """The process answers."""
    return True


def ready(store: Store) -> Ready:
    """The store answers, too; else StoreUnavailable."""
    with store.read() as tx:
        hot.known_flow_ids(tx, ("",))  # finds nothing, but has to reach the database for it
    return Ready()


def protocol_version(store: Store) -> str:
    """The version of the wire protocol."""
    return API_VERSION


def version(store: Store) -> str:
    """The version of the server that this one stands in for, with Headrace's own behind the plus."""
    return f"{COMPATIBLE_VERSION}+headrace.{RELEASE}"


def create_csrf_token(store: Store, query: CsrfTokenQuery) -> NoReturn:
    """Says that no tokens are needed, upon which clients stop asking for them."""
    raise CsrfDisabled("CSRF protection is disabled.")
