"""Writes one line to the home's store each 20 ms, and tells how long each write took, until the test ends it.

What is measured is the store's own step: the write lock, one commit, and nothing of a journal.
"""

import time

import witness

from headrace.server.store import hot
from headrace.server.store.changes import Changes, LogRow
from headrace.server.store.opening import open_store
from headrace.settings import get_current_settings

PERIOD_SECONDS = 0.02


def main() -> None:
    store = open_store(get_current_settings().database_url)
    number = 0
    while not witness.exists("stop"):
        changes = Changes(logs=(LogRow(None, None, number, 20, "probe", f"probe {number}"),))
        began = time.perf_counter()
        with store.step() as tx:
            hot.apply(tx, changes)
        took = time.perf_counter() - began
        witness.told("wrote", milliseconds=took * 1000)
        witness.made("writes-began")
        number += 1
        time.sleep(PERIOD_SECONDS)
    store.close()


if __name__ == "__main__":
    main()
