"""A process that reports and forks a child, which outlives it. It prints the child's id.

Arguments: the home and the sink's database. Parent and child end when standard input does.
"""

import os
import sys
from pathlib import Path

from headrace.journal import Journal
from tests.support.journal_folders import line, quiet, report
from tests.support.recording_sink import RecordingSink

if __name__ == "__main__":
    home, database = map(Path, sys.argv[1:])
    journal = Journal.open(home, RecordingSink(database), options=quiet())
    journal.report(report(1))
    journal.log(line(None, 1))
    child = os.fork()
    if child:
        print(child, flush=True)
    else:
        # The reader of the parent's output must see its end when the parent dies.
        os.close(1)
    sys.stdin.read()
    os._exit(0)
