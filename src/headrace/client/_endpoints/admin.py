"""The client's methods about the control plane itself."""

from typing import TYPE_CHECKING

from headrace.client._exchange import Exchange, endpoint

if TYPE_CHECKING:  # 76 ms to import, and of no use to a client in process
    import httpx

__all__ = ["AdminEndpoints"]


def _nothing(healthy: bool) -> Exception | None:
    return None


def _itself(error: Exception) -> Exception | None:
    return error


def _greeted(greeting: str) -> "httpx.Response":
    import httpx

    return httpx.Response(200, json=greeting)


class AdminEndpoints:
    """Methods about the control plane itself."""

    @endpoint
    def api_healthcheck(self) -> Exchange[Exception | None]:
        """None where the control plane answers; else the error that says why not."""
        return Exchange("api_healthcheck", read=_nothing, or_else=_itself)

    @endpoint
    def api_version(self) -> Exchange[str]:
        """The control plane's version, such as "3.9.1+headrace.0.1.0": what it stands in for, and what it is."""
        return Exchange("api_version")

    @endpoint
    def hello(self) -> "Exchange[httpx.Response]":
        """Greets the control plane."""
        return Exchange("hello", read=_greeted)
