"""The door in process: the same routes, parsed and answered as over HTTP, without a server."""

from functools import cache
from typing import Any
from uuid import UUID

from headrace._wire.routes import BY_NAME, MOUNT
from headrace.server.api.dispatch import Bound
from headrace.server.api.errors import refusal_of
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store

__all__ = ["InProcessApi", "bound_route", "open_api"]

# Nothing listens there: it stands in links that this API gives, and takes back by its routes.
_API_URL = f"http://in-process{MOUNT}"


@cache
def bound_route(name: str) -> Bound:
    """The route of this name, bound when it is first asked for: a client uses few of them."""
    return Bound(BY_NAME[name])


class InProcessApi:
    """Answers routes on an open store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, name: str, path: dict[str, str], query: str, body: bytes) -> tuple[int, Any]:
        """The status, with the value of the route's response schema, or the body of an error. Defects are raised."""
        bound = bound_route(name)
        try:
            values = {key: UUID(value) if key == "id" else value for key, value in path.items()}
        except ValueError:
            return 404, {"detail": "Not Found"}  # as a path that no route has
        try:
            arguments = bound.arguments(values, query, body)
            if bound.route.sees_url:
                arguments = (*arguments, _API_URL)
            answer = bound.call(self._store, arguments)
        except Exception as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            return refusal.status, refusal.body
        return answer.status, answer.value

    def close(self) -> None:
        """Lets the store go."""
        self._store.close()


def open_api(database_url: str) -> InProcessApi:
    """The API on the database of the URL, which is made where it does not exist."""
    return InProcessApi(open_store(database_url))
