"""Handlers of the routes about the server itself."""

from importlib.metadata import version as distribution_version
from typing import Any, NoReturn, cast

import msgspec

from headrace._kernel.urls import without_password
from headrace._wire.admin import (
    Clearing,
    CsrfTokenQuery,
    Ready,
    ServerDefaultResultStorage,
    ServerDefaultResultStorageUpdate,
)
from headrace._wire.routes import API_VERSION, COMPATIBLE_VERSION
from headrace.exceptions import ObjectNotFound
from headrace.server.api.errors import CsrfDisabled
from headrace.server.store import hot
from headrace.server.store.transactions import Store
from headrace.server.usecases import empty_store
from headrace.settings import get_current_settings

__all__ = [
    "RELEASE",
    "clear_database",
    "clear_default_result_storage",
    "create_csrf_token",
    "health",
    "hello",
    "protocol_version",
    "read_default_result_storage",
    "read_settings",
    "ready",
    "update_default_result_storage",
    "version",
]

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


def read_settings(store: Store) -> Any:
    """The settings of this process, but for its secrets."""
    return _shown(msgspec.to_builtins(get_current_settings(), enc_hook=str))


def read_default_result_storage(store: Store) -> ServerDefaultResultStorage:
    """The block that holds results of runs which name none: there are no blocks yet."""
    return ServerDefaultResultStorage()


def update_default_result_storage(store: Store, body: ServerDefaultResultStorageUpdate) -> NoReturn:
    """Makes a block hold them."""
    raise ObjectNotFound(help_message=f"There is no block document {body.default_result_storage_block_id}.")


def clear_default_result_storage(store: Store) -> None:
    """Leaves results of runs that name no storage where they are."""


def clear_database(store: Store, body: Clearing) -> None:
    """Deletes everything that the store was told, for good: for tests."""
    empty_store.empty(store)


def _shown(value: Any) -> Any:
    """Passwords within URLs are left out; secrets show themselves as stars."""
    if isinstance(value, dict):
        return {key: _shown(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return without_password(value) if isinstance(value, str) and "://" in value else value
