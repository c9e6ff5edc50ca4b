"""Forks: a child lets go of its parent's journals before it runs any other code, and opens one of its own.

Mapping and descriptors are dropped; the lock stays the parent's. The sink is never touched, not even closed: closing
an inherited SQLite connection would act on the parent's database. It is kept until the child ends. That no thread is
inside a sink while the process forks is the sink's to see to: what it calls may hold locks that the child inherits.
"""

import os
from typing import Protocol

__all__ = ["Forkable", "keep_untouched", "unwatch", "watch"]


class Forkable(Protocol):
    """What has to let go of the parent's things in a child."""

    def abandon(self) -> None: ...


_open: set[Forkable] = set()
_untouched: list[object] = []


def watch(journal: Forkable) -> None:
    """From now on `journal.abandon` is called in every forked child."""
    _open.add(journal)


def unwatch(journal: Forkable) -> None:
    """The journal was closed: a child has nothing to let go of."""
    _open.discard(journal)


def keep_untouched(thing: object) -> None:
    """Keeps a thing of the parent from being finalised in this child."""
    _untouched.append(thing)


def _abandon_all() -> None:
    for journal in list(_open):
        journal.abandon()
    _open.clear()


os.register_at_fork(after_in_child=_abandon_all)
