"""A process that reports: numbered lines and states in turn, each written down by a witness once its call returned.

Arguments: the home, the sink's database, the witness's file, how many records, and how: plain, full (files cannot grow
for a while, so records wait in memory) or bounded (the sink is away for a while, so old lines are dropped).
"""

import os
import resource
import sys
from pathlib import Path

from headrace.journal import Journal
from tests.support.journal_folders import line, quiet, report
from tests.support.recording_sink import RecordingSink

RUN = bytes(16)
SEGMENT_BYTES = 2048
# Larger than a segment in memory may be written out, and than the sink's database becomes.
SMALLEST_FILE = 1024


class Witness:
    """Counts what was reported: the file has as many bytes as calls that returned."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def saw(self) -> None:
        os.write(self._descriptor, b".")


def report_all(journal: Journal, witness: Witness, first: int, last: int, *, flush_each: int = 25) -> None:
    for number in range(first, last):
        journal.log(line(RUN, number))
        witness.saw()
        journal.report(report(number))
        witness.saw()
        if flush_each and number % flush_each == flush_each - 1:
            journal.flush()


def main() -> None:
    home, database, seen, count, how = sys.argv[1:]
    sink = RecordingSink(Path(database))
    options = quiet(segment_bytes=SEGMENT_BYTES, log_bound_bytes=4 * SEGMENT_BYTES, notify=lambda _: None)
    journal = Journal.open(Path(home), sink, options=options)
    witness, last = Witness(Path(seen)), int(count)
    if how == "plain":
        report_all(journal, witness, 0, last)
    elif how == "bounded":
        sink.outage = lambda: "It is away."
        for first in range(0, last, 50):
            report_all(journal, witness, first, first + 50, flush_each=0)
            journal._tick()  # What the drainer does, at a known time.
        sink.outage = lambda: None
    elif how == "full":
        report_all(journal, witness, 0, last // 2)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALLEST_FILE, hard))
        report_all(journal, Witness(Path(os.devnull)), last // 2, last, flush_each=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    report_ = journal.close()
    sys.exit(3 if report_.message else 0)


if __name__ == "__main__":
    main()
