"""Who gets to the routes: whose pages, with which tokens, and who knows the password, in this order."""

import msgspec
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from headrace.server.api.csrf import CsrfGuard, CsrfTokens
from headrace.server.api.guard import Guard
from headrace.server.api.origins import OriginGuard, Origins

__all__ = ["Access", "guards"]


class Access(msgspec.Struct, frozen=True):
    """What a server asks of its callers. As it is by default: of pages, to be its own."""

    auth_string: str | None = None  # "user:password"
    origins: Origins = Origins()
    csrf_seconds: float | None = None  # how long a token against forged requests holds; None: none is asked for


def guards(access: Access, store_id: str) -> list[Middleware]:
    """What stands before the routes, the outermost first."""
    found = [Middleware(OriginGuard, access.origins)]
    if access.origins.allowed:
        # A browser asks whether it may send a request, and shows no password then.
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=access.origins.allowed,
                allow_methods=access.origins.methods,
                allow_headers=access.origins.headers,
            )
        )
    if access.auth_string is not None:
        found.append(Middleware(Guard, access.auth_string))
    if access.csrf_seconds is not None:
        found.append(Middleware(CsrfGuard, CsrfTokens(store_id, access.csrf_seconds)))
    return found
