"""Forked children: they let go of the parent's journal, and the parent's death is seen while they live."""

import os
import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace.journal import Journal, JournalOptions, StaleJournal, is_alive, list_journals, recover
from headrace.journal.folder import LOGS, STATES, journals_of
from tests.faults.journal.evidence import SCRIPTS
from tests.support.journal_folders import conclude, key_of, quiet, report
from tests.support.processes import start_python
from tests.support.recording_sink import RecordingSink

RUN = bytes(16)


# Python 3.12 and later warn of what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def in_a_child(act: Callable[[], None]) -> None:
    """Runs `act` in a forked child, and asserts that it raised nothing."""
    child = os.fork()
    if child == 0:
        code = 1
        # A child that hangs is killed, and fails the test: the runner's own handler would wait for Python.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(30)
        try:
            act()
            code = 0
        except BaseException:  # noqa: BLE001  # Nothing may escape into the child's copy of the test runner.
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("is_mapped", [True, False], ids=["mapped", "written"])
def test_a_child_cannot_write_into_its_parents_journal(tmp_path: Path, is_mapped: bool) -> None:
    sink = RecordingSink(tmp_path / "sink.db")
    journal = Journal.open(tmp_path / "home", sink, options=quiet(is_mapped=is_mapped))
    journal.report(report(1))
    journal.log(b"a line")
    bound = journal.report

    def use_it() -> None:
        assert journal.is_stale
        for append in (bound, journal.report, journal.log):
            with pytest.raises(StaleJournal, match="parent"):
                append(report(2))
        with pytest.raises(StaleJournal):
            journal.propose(conclude(RUN), key_of(RUN, 3))
        assert journal.flush()
        assert journal.close().message is None
        assert is_alive(journal.folder)
        assert recover(tmp_path / "home", sink).recovered == ()

    in_a_child(use_it)
    assert not journal.is_stale
    journal.report(report(3))
    assert journal.close().message is None
    assert sink.payloads("states") == [report(1), report(3)]
    sink.close()


def test_a_child_opens_a_journal_of_its_own(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "sink.db")
    journal = Journal.open(tmp_path / "home", sink, options=quiet())
    journal.report(report(1))

    def report_by_itself() -> None:
        # Not the parent's database, of which an open connection is inherited.
        own_sink = RecordingSink(tmp_path / "child.db")
        own = Journal.open(tmp_path / "home", own_sink, options=JournalOptions(tick_seconds=0.001))
        assert own.journal_id != journal.journal_id
        assert own.identity.pid == os.getpid()
        own.report(report(2))
        assert own.close().message is None

    in_a_child(report_by_itself)
    assert journal.close().message is None
    assert sink.payloads("states") == [report(1)]
    sink.close()
    of_child = RecordingSink(tmp_path / "child.db")
    assert of_child.payloads("states") == [report(2)]
    of_child.close()


def test_a_fork_while_other_threads_hold_every_lock_leaves_a_child_that_does_not_hang(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "sink.db")
    journal = Journal.open(tmp_path / "home", sink, options=JournalOptions(segment_bytes=256, tick_seconds=0.0001))
    is_over = threading.Event()

    def report_and_flush() -> None:
        number = 0
        while not is_over.is_set():
            journal.report(report(number))
            journal.flush(5)
            number += 1

    threads = [threading.Thread(target=report_and_flush) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(40):

            def open_another() -> None:
                with pytest.raises(StaleJournal):
                    journal.report(report(0))
                journal.close()
                own_sink = RecordingSink(tmp_path / "child.db")
                own = Journal.open(tmp_path / "home", own_sink)
                own.report(report(1))
                assert own.close().message is None

            in_a_child(open_another)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert journal.close().message is None
    sink.close()


def test_a_parents_death_is_seen_at_once_while_its_child_lives_on(tmp_path: Path) -> None:
    arguments = (SCRIPTS / "forks.py", tmp_path / "home", tmp_path / "sink.db")
    with start_python(*arguments) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        child = int(parent.stdout.readline())
        (info,) = list_journals(tmp_path / "home")
        assert (info.status, info.pid) == ("alive", parent.pid)
        parent.kill()
        os.waitid(os.P_PID, parent.pid, os.WEXITED | os.WNOWAIT)
        os.kill(child, 0)
        assert list_journals(tmp_path / "home")[0].status == "orphan"
        sink = RecordingSink(tmp_path / "sink.db")
        (recovered,) = recover(tmp_path / "home", sink).recovered
        assert recovered.records == 2
        assert len(sink.payloads(STATES)) == len(sink.payloads(LOGS)) == 1
        assert list(journals_of(tmp_path / "home").iterdir()) == []
        # It is still there, and ends with its standard input.
        os.kill(child, 0)
        parent.stdin.close()
        sink.close()
