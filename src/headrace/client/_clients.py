"""The two clients: the same endpoints, on a blocking and on an asynchronous transport."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from headrace._kernel import late
from headrace.client._authorization import credentials
from headrace.client._embedded_transport import AsyncEmbeddedTransport, EmbeddedTransport
from headrace.client._endpoints.admin import AdminEndpoints
from headrace.client._endpoints.flow_runs import FlowRunEndpoints
from headrace.client._endpoints.flows import FlowEndpoints
from headrace.client._endpoints.logs import LogEndpoints
from headrace.client._endpoints.task_runs import TaskRunEndpoints
from headrace.client._exchange import AsyncFace, Exchange, SyncFace
from headrace.client._retries import Retries, retries_of
from headrace.client._transport import (
    REQUEST_TIMEOUT_SECONDS,
    ApiAddress,
    AsyncHttpTransport,
    AsyncTransport,
    HttpTransport,
    SyncTransport,
)
from headrace.exceptions import StoreUnavailable
from headrace.settings import get_current_settings

__all__ = ["HeadraceClient", "SyncHeadraceClient", "get_client"]

R = TypeVar("R")


class _Endpoints(FlowEndpoints, FlowRunEndpoints, TaskRunEndpoints, LogEndpoints, AdminEndpoints):
    """All methods, of either face."""


class SyncHeadraceClient(_Endpoints, SyncFace):
    """A client whose methods block. Use it in a `with`, or call `close`.

    Parameters:
        api: the URL of an API, such as "http://127.0.0.1:4200/api"; None: the control plane in this process, on the
            database of the settings.
        auth_string: "user:password" for basic authentication.
        api_key: a bearer token.
        api_version: the version of the protocol that is claimed.
        httpx_settings: further arguments of `httpx.Client`.
    """

    def __init__(
        self,
        api: str | None = None,
        *,
        auth_string: str | None = None,
        api_key: str | None = None,
        api_version: str | None = None,
        httpx_settings: dict[str, Any] | None = None,
    ) -> None:
        self._transport: SyncTransport = (
            EmbeddedTransport(get_current_settings().database_url)
            if api is None
            else HttpTransport(ApiAddress(api, auth_string, api_key, api_version, httpx_settings, _retries()))
        )

    @property
    def api_url(self) -> str:
        """Where the control plane is: the API's URL, or that of the database in process."""
        return self._transport.url

    def perform(self, exchange: Exchange[R]) -> R:
        """Carries an exchange out, behind all that this process has reported."""
        try:
            if exchange.route.sees_reports:
                _flush()
            return exchange.result(self._transport.send(exchange.request()))
        except Exception as error:  # noqa: BLE001 - the exchange says what it means
            return exchange.otherwise(error)

    def close(self) -> None:
        """Lets connections and database go."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class HeadraceClient(_Endpoints, AsyncFace):
    """A client whose methods are coroutine functions. Use it in an `async with`, or await `close`.

    Parameters: as for SyncHeadraceClient, but that `api` may also be an ASGI application.
    """

    def __init__(
        self,
        api: str | Callable[..., Any] | None = None,
        *,
        auth_string: str | None = None,
        api_key: str | None = None,
        api_version: str | None = None,
        httpx_settings: dict[str, Any] | None = None,
    ) -> None:
        if callable(api):
            httpx_settings = {"transport": _in_process(api), **(httpx_settings or {})}
            api = "http://headrace/api"
        self._transport: AsyncTransport = (
            AsyncEmbeddedTransport(get_current_settings().database_url)
            if api is None
            else AsyncHttpTransport(ApiAddress(api, auth_string, api_key, api_version, httpx_settings, _retries()))
        )

    @property
    def api_url(self) -> str:
        """Where the control plane is: the API's URL, or that of the database in process."""
        return self._transport.url

    async def perform(self, exchange: Exchange[R]) -> R:
        """Carries an exchange out, behind all that this process has reported."""
        import asyncio

        try:
            if exchange.route.sees_reports:
                await asyncio.to_thread(_flush)
            return exchange.result(await self._transport.send(exchange.request()))
        except Exception as error:  # noqa: BLE001 - the exchange says what it means
            return exchange.otherwise(error)

    async def close(self) -> None:
        """Lets connections and database go."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()


def _retries() -> Retries:
    return retries_of(get_current_settings().client)


def _in_process(application: Any) -> Any:
    import httpx

    return httpx.ASGITransport(app=application)


def _flush() -> None:
    """Stores what this process has reported: it reads its own writes."""
    flush_stream: Callable[[float], bool] = late.load("flush_stream")
    if not flush_stream(REQUEST_TIMEOUT_SECONDS):
        raise StoreUnavailable(
            f"What this process reported could not be stored within {REQUEST_TIMEOUT_SECONDS:.0f} seconds, and the "
            "control plane would answer without it. It is kept; try again."
        )


@overload
def get_client(httpx_settings: dict[str, Any] | None = None, sync_client: Literal[False] = False) -> HeadraceClient: ...


@overload
def get_client(httpx_settings: dict[str, Any] | None = None, *, sync_client: Literal[True]) -> SyncHeadraceClient: ...


@overload
def get_client(httpx_settings: dict[str, Any] | None, sync_client: Literal[True]) -> SyncHeadraceClient: ...


def get_client(
    httpx_settings: dict[str, Any] | None = None, sync_client: bool = False
) -> HeadraceClient | SyncHeadraceClient:
    """A client of the control plane that the settings name: the API of HEADRACE_API_URL, else the one in process.

    `httpx_settings` are further arguments of the httpx client; the result is asynchronous unless `sync_client`.
    """
    api = get_current_settings().api
    if sync_client:
        return SyncHeadraceClient(api.url, httpx_settings=httpx_settings, **credentials(api))
    return HeadraceClient(api.url, httpx_settings=httpx_settings, **credentials(api))
