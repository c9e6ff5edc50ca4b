"""The line on what a recovery did."""

import pytest

from headrace._stream import Burial, JournalIdentity
from headrace.cli.rendering.recovery import recovery_line
from headrace.journal import Recovered, RecoveryReport


def recovered(pid: int, records: int, crashed: int | None) -> Recovered:
    identity = JournalIdentity(bytes(16), "store", "host", "boot", pid, 0)
    burial = None if crashed is None else Burial(flow_runs=tuple(bytes(16) for _ in range(crashed)))
    return Recovered(identity, records, burial)


@pytest.mark.parametrize(
    ("journals", "line"),
    [
        ((), None),
        ((recovered(7, 0, None),), None),
        ((recovered(7, 0, 0),), None),
        ((recovered(7, 1, 0),), "Recovered what process 7 on host left behind: 1 record stored."),
        ((recovered(7, 0, 2),), "Recovered what process 7 on host left behind: 2 flow runs marked Crashed."),
        ((recovered(7, 1200, 1), recovered(8, 34, None)),
         "Recovered what 2 processes left behind: 1,234 records stored, 1 flow run marked Crashed."),
    ],
)  # fmt: skip
def test_the_line_says_whose_and_how_much(journals: tuple[Recovered, ...], line: str | None) -> None:
    assert recovery_line(RecoveryReport(recovered=journals)) == line
