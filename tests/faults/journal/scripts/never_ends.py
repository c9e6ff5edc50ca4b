"""A process that reports from four threads until it is killed, while its drainer stores.

Arguments: the home, the sink's database, and a folder in which each thread has a witness: a file that holds the number
of the last record whose call returned. It prints a line when it begins.
"""

import mmap
import struct
import sys
import threading
from pathlib import Path

from headrace.journal import Journal, JournalOptions
from tests.support.recording_sink import RecordingSink

THREADS = 4
_pack_into = struct.Struct("<Q").pack_into


def report_for_ever(journal: Journal, thread: int, witness: Path) -> None:
    witness.write_bytes(bytes(mmap.PAGESIZE))
    with witness.open("r+b") as file:
        # Shared memory: what the thread saw survives the kill as the journal does.
        seen = mmap.mmap(file.fileno(), mmap.PAGESIZE)
    number = 0
    while True:
        number += 1
        record = b"%d %d %s" % (thread, number, b"x" * (number % 97))
        journal.log(record)
        journal.report(record)
        _pack_into(seen, 0, number)


def main() -> None:
    home, database, witnesses = map(Path, sys.argv[1:])
    options = JournalOptions(segment_bytes=1 << 15, tick_seconds=0.002, idle_tick_seconds=0.002)
    journal = Journal.open(home, RecordingSink(database), options=options)
    sys.setswitchinterval(1e-6)
    threads = [
        threading.Thread(target=report_for_ever, args=(journal, thread, witnesses / str(thread)))
        for thread in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    threads[0].join()


if __name__ == "__main__":
    main()
