"""A server that does nothing: what HTTP itself costs a row that goes over it.

Of the stream it says that all is stored and every proposal accepted, which takes reading the proposals.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from headrace._records import FlowRunBegun, FlowRunConcluded, FlowRunMoved, decode_record
from headrace._stream import Batch, Burial, Directives, IngestReply, Verdict
from headrace._wire.journals import Cursors

__all__ = ["app"]

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY = b'{"status":"ACCEPT"}'
JOURNALS = "/api/headrace/journals/"
ANSWERS = {"cursors": Cursors(None), "directives": Directives(), "bury": Burial(), "is_buried": True}
PROPOSALS = (FlowRunBegun, FlowRunMoved, FlowRunConcluded)

_encode: Final = msgspec.msgpack.Encoder().encode
_batch: Final = msgspec.msgpack.Decoder(Batch).decode


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Reads a request and answers it."""
    if scope["type"] != "http":
        return
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if not message.get("more_body"):
            break
    path: str = scope["path"]
    if path.startswith(JOURNALS):
        status, kind, body = 200, b"application/msgpack", _encode(of_stream(path.removeprefix(JOURNALS), content))
    else:
        # Health has to be 200; everything else makes something.
        status, kind, body = 200 if scope["method"] == "GET" else 201, b"application/json", BODY
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def of_stream(question: str, content: bytes) -> object:
    """What a script is told that reports here."""
    if question in ANSWERS:
        return ANSWERS[question]
    batch = _batch(content)
    verdicts = [
        Verdict(record.run_id, state.attempt, state.ordinal, "ACCEPT", state)
        for record in map(decode_record, batch.states.payloads)
        if isinstance(record, PROPOSALS)
        for state in (record.states[-1:] if isinstance(record, FlowRunBegun) else (record.state,))
    ]
    return IngestReply(batch.states.end, batch.logs.end, tuple(verdicts))
