"""Who may be behind a browser: pages of the server itself, and of sites that the settings name.

A browser sends requests for any page that is open in it, also to servers that this machine alone can reach. It says
whose page it was (Origin, Sec-Fetch-Site). A page that gives its own name the address of this machine (DNS rebinding)
is of the same origin as the server, then, but asks for it by that name (Host).
"""

import ipaddress
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from headrace.server.api.asgi import Application, Receive, Scope, Send, send_answer

__all__ = ["OriginGuard", "Origins", "is_loopback"]

_ANY: Final = "*"
_MOST_NAMES: Final = 100
_FROM_ELSEWHERE: Final = frozenset({b"cross-site", b"same-site"})


class Origins(msgspec.Struct, frozen=True):
    """Whose pages may call, and by which names the server is called."""

    allowed: tuple[str, ...] = ()  # as "https://pages.example.com"; "*" for all
    methods: tuple[str, ...] = (_ANY,)
    headers: tuple[str, ...] = (_ANY,)
    hosts: tuple[str, ...] | None = None  # besides addresses and localhost; None: any name

    def may_name(self, host: str) -> bool:
        """Whether a request may call the server by this name."""
        if self.hosts is None or _ANY in self.hosts:
            return True
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        return name in self.hosts or name == "localhost" or name.endswith(".localhost") or _is_address(name)

    def may_call(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may call, who asked for the server by this name."""
        return _ANY in self.allowed or origin in self.allowed or urlsplit(origin).netloc.lower() == host.lower()


class OriginGuard:
    """An application that answers no pages but those that may call; WebSockets likewise."""

    def __init__(self, application: Application, origins: Origins) -> None:
        self._application = application
        self._origins = origins
        self._known: set[str] = set()  # names that it is called by: looked at once each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (refusal := self._refusal(scope)) is None:
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send(
                {"type": "websocket.close", "code": 1008, "reason": refusal[:120]}
            )  # RFC 6455 gives it 123 bytes
        else:
            await send_answer(send, 403, msgspec.json.encode({"detail": refusal}))

    def _refusal(self, scope: Scope) -> str | None:
        origin = site = mode = None
        host = ""
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"sec-fetch-mode":
                mode = value
        if host and host not in self._known:
            if _holds(self._origins.may_name, host):
                if len(self._known) < _MOST_NAMES:
                    self._known.add(host)
            else:
                return (
                    f"This server is not called {host}. Where it is, name that in HEADRACE_SERVER_API_ALLOWED_HOSTS, "
                    "or set HEADRACE_SERVER_API_AUTH_STRING."
                )
        if origin is None:
            # Without an origin browsers send what a page embeds, and what somebody types or follows.
            if site in _FROM_ELSEWHERE and mode != b"navigate" and _ANY not in self._origins.allowed:
                return "Pages of other sites may not call this server."
            return None
        if site == b"same-origin" or _holds(self._origins.may_call, origin, host):
            return None
        return (
            f"Pages of {origin} may not call this server. Where they are to, name it in "
            "HEADRACE_SERVER_API_CORS_ALLOWED_ORIGINS."
        )


def is_loopback(host: str) -> bool:
    """Whether this machine alone reaches a server that listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _holds(condition: Callable[..., bool], *said: str) -> bool:
    """A header that is no URL fulfils none."""
    try:
        return condition(*said)
    except ValueError:
        return False
