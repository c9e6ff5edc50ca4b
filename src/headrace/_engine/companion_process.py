"""What a companion is while its process lives: an interpreter without any package, which waits on a pipe.

It is run by its path and imports nothing of Headrace, for it costs little and does not compete with its process. From
time to time it tells the server that the process lives; a process that ends sooner never makes it load what that
takes. Once it is needed it becomes another program, with the packages of its process.
"""

import os
import sys

__all__ = ["RENEWAL", "main"]

RENEWAL = "HEADRACE_COMPANION_RENEWAL"
"""The variable with the request that renews the lease: others may read a command line, and it may hold a password."""

_MOST_DESCRIPTORS = 4096
_FIRST_SECONDS = 2.0
_RENEWALS_A_TERM = 3
_TIMEOUT_SECONDS = 10.0


def main(recovery: str) -> None:
    """Waits until the process at the other end says that all is concluded, or is no more."""
    if os.fork():
        os._exit(0)  # so that it is nobody's child: user code may wait for all of its own
    os.closerange(3, _MOST_DESCRIPTORS)  # what the process had been given to hand on
    os.chdir("/")
    try:  # noqa: SIM105 - contextlib would have to be loaded
        _renew_until_told(os.environ.pop(RENEWAL))
    except Exception:  # noqa: BLE001 - without a lease it is still there to tell of a death
        pass
    if not os.read(0, 1):
        os.execv(sys.executable, [sys.executable, "-c", recovery])
    os._exit(0)


def _renew_until_told(renewal: str) -> None:
    """Renews the lease at intervals until there is something to read. A server that is away is asked again."""
    import select

    if select.select([0], [], [], _FIRST_SECONDS)[0]:
        return
    # 100 ms of a processor and 5 MB, which only longer scripts pay.
    import http.client
    import json

    told = json.loads(renewal)
    method, path, body, headers = told["request"]
    interval = told["seconds"] / _RENEWALS_A_TERM
    kind = http.client.HTTPSConnection if told["is_https"] else http.client.HTTPConnection
    connection = kind(told["host"], told["port"], timeout=min(interval, _TIMEOUT_SECONDS))
    while True:
        for _ in range(2):  # the server may have closed a connection that idled
            try:
                connection.request(method, path, bytes.fromhex(body), headers)
                connection.getresponse().read()
                break
            except Exception:  # noqa: BLE001 - whatever it is, the process lives, and the next time may be better
                connection.close()
        if select.select([0], [], [], interval)[0]:
            return


if __name__ == "__main__":
    main(sys.argv[1])
