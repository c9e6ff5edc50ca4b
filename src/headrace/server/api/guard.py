"""The guard at the server's door: where there is a password, nobody gets past it who does not show it."""

import base64
import binascii
import hmac

from headrace._wire.routes import MOUNT
from headrace.server.api.asgi import Application, Receive, Scope, Send, send_answer
from headrace.server.api.http_door import METRICS_PATH

__all__ = ["Guard"]

# For probes, which know no passwords, and learn nothing but that somebody is there.
_OPEN = frozenset({f"{MOUNT}/health", f"{MOUNT}/ready"})
_REFUSAL = b'{"exception_message":"Unauthorized"}'


class Guard:
    """An application whose API asks for HTTP's basic authentication; `auth_string` is "user:password"."""

    def __init__(self, application: Application, auth_string: str) -> None:
        self._application = application
        self._expected = auth_string.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._may_pass(scope):
            await send_answer(send, 401, _REFUSAL)
            return
        await self._application(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        path: str = scope["path"]
        is_guarded = path.startswith(f"{MOUNT}/") or path == METRICS_PATH
        if not is_guarded or (path in _OPEN and scope["method"] in ("GET", "HEAD")):
            return True
        return any(name == b"authorization" and self._is_known(value) for name, value in scope["headers"])

    def _is_known(self, shown: bytes) -> bool:
        scheme, _, encoded = shown.partition(b" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error:
            return False
        return scheme.lower() == b"basic" and hmac.compare_digest(given, self._expected)
