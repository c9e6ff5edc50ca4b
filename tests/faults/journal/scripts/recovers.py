"""A process that recovers. Arguments: the home and the sink's database. It prints how many journals it recovered."""

import sys
from pathlib import Path

from headrace.journal import recover
from tests.support.recording_sink import RecordingSink

if __name__ == "__main__":
    home, database = map(Path, sys.argv[1:])
    result = recover(home, RecordingSink(database))
    assert not result.damaged, result.damaged
    assert result.unavailable is None, result.unavailable
    print(len(result.recovered))
