"""What is to hold for every home of these tests, whatever killed whom: nothing lost, nothing doubled, order kept."""

from collections import Counter
from pathlib import Path

from headrace._records import LogLine, TaskRunMoved, decode_record
from headrace.journal import recover
from headrace.journal.folder import journals_of
from tests.support.recording_sink import RecordingSink

__all__ = ["SCRIPTS", "Scene"]

SCRIPTS = Path(__file__).parent / "scripts"


class Scene:
    """A home, the sink's database, and what the witnesses of its processes saw."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.database = folder / "sink.db"
        self.witness = folder / "witness"

    def seen(self) -> int:
        """How many calls of `report` and `log` returned."""
        return self.witness.stat().st_size if self.witness.exists() else 0

    def assert_logs_before_states(self) -> None:
        """Who reports a line and then a state never has the state stored without the line."""
        for states, lines in self.stories():
            assert len(lines) >= len(states)

    def stories(self) -> list[tuple[list[int], list[int]]]:
        """What is stored of each journal: the numbers of its states, and of its lines."""
        sink = RecordingSink(self.database)
        found = [
            (_numbers(sink.payloads("states", journal)), _numbers(sink.payloads("logs", journal)))
            for journal in sink.journals()
        ]
        sink.close()
        return found

    def burials(self) -> int:
        """How many journals were buried, however often."""
        sink = RecordingSink(self.database)
        found = len(sink.burials())
        sink.close()
        return found

    def recover(self) -> int:
        """Recovers what is left, and asserts that a second time changes nothing; how many journals there were."""
        sink = RecordingSink(self.database)
        first = recover(self.home, sink)
        assert (first.damaged, first.unavailable, first.passed_over) == ((), None, 0)
        rows, burials = sink.rows(), sink.burials()
        second = recover(self.home, sink)
        assert (second.recovered, second.swept) == ((), 0)
        assert (sink.rows(), sink.burials()) == (rows, burials)
        sink.close()
        assert not journals_of(self.home).exists() or list(journals_of(self.home).iterdir()) == []
        return len(first.recovered)

    def assert_complete(self, *, drops_lines: bool = False) -> None:
        """All that was seen is stored, once, in order; and of what was not seen, at most the record under way."""
        sink = RecordingSink(self.database)
        states = [decode_record(payload) for payload in sink.payloads("states")]
        lines = [decode_record(payload) for payload in sink.payloads("logs")]
        buried = Counter(journal for journal, _ in sink.burials())
        positions = Counter((name, position) for name, position, _ in sink.rows())
        sink.close()
        assert [state.run_id for state in states if isinstance(state, TaskRunMoved)] == [
            number.to_bytes(16, "big") for number in range(len(states))
        ]
        count = _count_lines(lines)
        if not drops_lines:
            assert count == len(lines)
        seen = self.seen()
        assert seen <= len(states) + count
        assert (seen + 1) // 2 <= count
        assert seen // 2 <= len(states)
        assert set(buried.values()) <= {1}
        assert set(positions.values()) <= {1}


def _numbers(payloads: list[bytes]) -> list[int]:
    records = [decode_record(payload) for payload in payloads]
    return [record.at if isinstance(record, LogLine) else int.from_bytes(record.run_id, "big") for record in records]


def _count_lines(lines: list[object]) -> int:
    """How many lines there are, each in its place, those included that a notice counts."""
    expected = 0
    for line in lines:
        assert isinstance(line, LogLine)
        if line.logger == "headrace.journal":
            expected += int(line.message.partition(" ")[0])
        else:
            assert line.at == expected
            expected += 1
    return expected
