"""A flow that waits until the test says so; `forks`: a child of it does so, too, for longer than it; `has_no_children`:
it says that it has none.
"""

import os
import sys

import witness

from headrace import flow


def has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


@flow
def waits(kind: str) -> None:
    if kind == "forks" and os.fork() == 0:
        witness.await_file("go")
        os._exit(0)
    witness.made("begun")
    witness.await_file("go")
    if kind == "has_no_children":
        print("no children" if not has_children() else "children")


if __name__ == "__main__":
    waits(sys.argv[1] if len(sys.argv) > 1 else "")
