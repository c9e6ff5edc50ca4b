"""What a companion is while its process lives: an interpreter without any package, which waits on a pipe.

It is run by its path and imports nothing of Headrace, for it costs little and does not compete with its process. Once
it is needed it becomes another program, with the packages of its process.
"""

import os
import sys

__all__ = ["main"]

_MOST_DESCRIPTORS = 4096


def main(recovery: str) -> None:
    """Waits until the process at the other end says that all is concluded, or is no more."""
    if os.fork():
        os._exit(0)  # so that it is nobody's child: user code may wait for all of its own
    os.closerange(3, _MOST_DESCRIPTORS)  # what the process had been given to hand on
    os.chdir("/")
    if not os.read(0, 1):
        os.execv(sys.executable, [sys.executable, "-c", recovery])
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
