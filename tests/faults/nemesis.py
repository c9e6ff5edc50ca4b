"""The nemesis: what it will do to eight scripts on one home is planned from a seed, and then done.

The plan is a list of deeds, each after so many more lines of what the scripts saw; so a seed means the same on a fast
machine and on a slow one, though not the same instant.
"""

import os
import random
import signal
import struct
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import Home, Script, Worker, await_until
from tests.faults.stored import assert_terminal_runs_are_whole
from tests.faults.volumes import fill

__all__ = ["RECOVERY_POINTS", "ROLES", "Deed", "Nemesis", "plan"]

ROLES = ("calls", "threads", "loops", "retries", "timeouts", "hooks", "processes", "lines")
POOL_ROLE = "processes"
# Where a process can be held by a descriptor.
WORKER_KINDS = {"kill_worker": 3, "stop_worker": 2} if hasattr(os, "pidfd_open") else {}
SITE = Path(__file__).parent / "site"
# Where a script may die by itself, in one of its first passages.
SCRIPT_POINTS = (
    "journal.birth.made",
    "journal.birth.locked",
    "journal.birth.header",
    "journal.birth.renamed",
    "journal.append.before",
    "journal.append.after",
    "journal.drain.read",
    "journal.drain.replied",
    "journal.segment.allocated",
    "store.staged",
    "store.commit.before",
    "store.commit.after",
    "ingest.reply",
)
LINES_POINTS = ("journal.segment.sealed", "journal.segment.unlinked")
RECOVERY_POINTS = (
    "recovery.locked",
    "recovery.drained",
    "recovery.buried",
    "journal.drain.read",
    "journal.drain.replied",
    "journal.death.renamed",
    "journal.death.unlinked",
    "store.staged",
    "store.commit.before",
    "store.commit.after",
    "ingest.reply",
    "bury.reply",
)
# Of what the scripts write down; the size of their files is quickly asked.
LINE_BYTES = 90
DAY_SECONDS = 86_400
# Each jump stays within these, so that no line comes of the age at which lines are pruned.
FURTHEST_SECONDS = 10 * DAY_SECONDS


@dataclass(frozen=True)
class Deed:
    """One thing that the nemesis does, once the scripts have written so many more lines.

    kill: kills a script and starts it anew; stop: stops one, and lets it go on `seconds` later; fill: fills the disk
    for `seconds`; jump: sets the clock `seconds` off; recover: starts a recovery; kill_worker, stop_worker: do so to a
    process of the pool of the script that has one, at its start `delay_seconds` after it was started.
    """

    kind: str
    after_lines: int
    role: str = ""  # of the script that is killed or stopped
    seconds: float = 0.0
    crash_point: str = ""  # where the script that is started, or the recovery, dies
    is_later: bool = False  # whether what is started is the later version
    delay_seconds: float | None = None  # after a start; None: a process at work


def plan(seed: int, count: int, *, longest_stop: float, has_volume: bool) -> list[Deed]:
    """So many deeds. One of the stops is a long one; without a volume of its own no disk is filled."""
    chance = random.Random(seed)
    kinds = {"kill": 9, "stop": 4, "jump": 3, "recover": 5, "fill": 1 if has_volume else 0, **WORKER_KINDS}
    deeds = [_deed(kind, chance, longest_stop) for kind in chance.choices(list(kinds), weights=kinds.values(), k=count)]
    long_stop = Deed("stop", 200, chance.choice(ROLES), longest_stop)
    killed_recovery = Deed("recover", 20, crash_point=f"{chance.choice(RECOVERY_POINTS)}:1")
    full = [Deed("fill", 50, seconds=1.0)] if has_volume else []
    workers = [Deed(kind, 20, POOL_ROLE, 1.0, delay_seconds=delay) for kind in WORKER_KINDS for delay in (None, 0.1)]
    for certain in (long_stop, killed_recovery, *full, *workers):
        deeds.insert(chance.randrange(len(deeds)), certain)
    return deeds


def _deed(kind: str, chance: random.Random, longest_stop: float) -> Deed:
    after, role = chance.randrange(1, 400), chance.choice(ROLES)
    if kind == "kill":
        crash_point = _script_point(role, chance) if chance.random() < 0.5 else ""
        return Deed(kind, after, role, crash_point=crash_point, is_later=chance.random() < 0.4)
    if kind == "recover":
        point = f"{chance.choice(RECOVERY_POINTS)}:{chance.randrange(1, 4)}" if chance.random() < 0.7 else ""
        return Deed(kind, after, crash_point=point, is_later=chance.random() < 0.4)
    if kind in WORKER_KINDS:
        delay = chance.choice([None, 0.0, 0.05, 0.1, 0.2])
        stop = chance.choice([0.05, 0.3, 1.0, 3.0]) if kind == "stop_worker" else 0.0
        return Deed(kind, after, POOL_ROLE, stop, delay_seconds=delay)
    seconds = {
        "stop": chance.choice([0.05, 0.3, 1.0, min(3.0, longest_stop)]),
        "fill": chance.choice([0.3, 1.0, 2.5]),
        "jump": chance.choice([-1, 1]) * chance.choice([0.5, 30, 3_600, DAY_SECONDS, FURTHEST_SECONDS]),
    }[kind]
    return Deed(kind, after, role, seconds)


def _script_point(role: str, chance: random.Random) -> str:
    if role == POOL_ROLE:  # Its pool's processes would die there as well, each at its start.
        return ""
    if role == "lines" and chance.random() < 0.5:
        return f"{chance.choice(LINES_POINTS)}:{chance.randrange(1, 4)}"
    point = chance.choice(SCRIPT_POINTS)
    passages = 2 if "birth" in point or "segment" in point else 60
    return f"{point}:{chance.randrange(1, passages)}"


@dataclass
class Victim:
    """The process that plays a role now."""

    script: Script
    is_armed: bool
    is_doomed: bool = False  # it was sent SIGKILL
    is_later: bool = False


class Nemesis:
    """Eight scripts on one home, the later version of the package, and the clock that all of them read."""

    def __init__(self, home: Home, later: Path) -> None:
        self._home = home
        self._later = later
        self._clock = home.witness / "clock"
        self._clock.write_bytes(struct.pack("<q", 0))
        self._victims: dict[str, Victim] = {}
        self._recoveries: list[tuple[Script, bool]] = []
        self._stopped: list[tuple[float, Script | Worker]] = []
        self._starts = 0

    def begin(self) -> None:
        """Starts the scripts, every other one of them of the later version."""
        for number, role in enumerate(ROLES):
            self._start(role, is_later=number % 2 == 1)

    def do(self, deed: Deed) -> None:
        """Waits for the deed's time, and does it."""
        self._await_lines(deed.after_lines)
        match deed.kind:
            case "kill":
                self._kill(deed.role)
                self._start(deed.role, crash_point=deed.crash_point, is_later=deed.is_later)
            case "stop":
                script = self._victims[deed.role].script
                script.send(signal.SIGSTOP)
                self._stopped.append((time.monotonic() + deed.seconds, script))
            case "kill_worker":
                worker = self._worker(deed.delay_seconds)
                worker.send(signal.SIGKILL)
                worker.close()
            case "stop_worker":
                worker = self._worker(deed.delay_seconds)
                worker.send(signal.SIGSTOP)
                self._stopped.append((time.monotonic() + deed.seconds, worker))
            case "fill":
                self._fill(deed.seconds)
            case "jump":
                with self._clock.open("r+b") as clock:
                    clock.write(struct.pack("<q", int(deed.seconds * 1e9)))
            case "recover":
                environment = self._environment(deed.is_later)
                script = self._home.start("recover.py", crash_point=deed.crash_point, environment=environment)
                self._recoveries.append((script, bool(deed.crash_point)))
        assert_terminal_runs_are_whole(self._home)

    def end(self) -> None:
        """Lets all go on, tells the scripts to stop, and waits until each has ended well."""
        self._let_go(all_of_them=True)
        for script, may_die in self._recoveries:
            ended = script.end()
            assert ended.code == 0 or (may_die and ended.code == -signal.SIGKILL), ended.err[-4_000:]
            assert "Traceback" not in ended.err, ended.err[-4_000:]
        self._disarm()
        self._home.tell("stop")
        for victim in self._victims.values():
            ended = victim.script.end()
            assert ended.code == 0, ended.err[-4_000:]

    def _start(self, role: str, *, crash_point: str = "", is_later: bool = False) -> None:
        self._starts += 1
        script = self._home.start(
            "victims.py",
            role,
            f"{role}-{self._starts}",
            crash_point=crash_point,
            environment=self._environment(is_later),
        )
        self._victims[role] = Victim(script, bool(crash_point), is_later=is_later)

    def _environment(self, is_later: bool) -> Mapping[str, str]:
        # What stands on the path already goes on doing so: the mutants are found there.
        path = [str(SITE), *([str(self._later)] if is_later else []), os.environ.get("PYTHONPATH", "")]
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "NEMESIS_CLOCK": str(self._clock),
            "WITNESS_DURABLE": "1",
        }

    def _kill(self, role: str) -> None:
        script = self._victims[role].script
        script.kill()
        ended = script.end()
        assert ended.code == -signal.SIGKILL, ended.err[-4_000:]

    def _worker(self, delay_seconds: float | None) -> Worker:
        """A process of the pool: one that is there, or the next to be started, so long after its start."""
        while True:
            before = set() if delay_seconds is None else self._pool()
            await_until(lambda before=before: self._looked_after() and self._pool() - before, "a process of the pool")
            with suppress(ProcessLookupError, ValueError):  # It ended meanwhile.
                worker = Worker(min(self._pool() - before))
                due = time.monotonic() + (delay_seconds or 0.0)
                await_until(lambda due=due: time.monotonic() >= due, "the time since its start")
                return worker

    def _pool(self) -> set[int]:
        return self._victims[POOL_ROLE].script.workers()

    def _disarm(self) -> None:
        """Kills those that would die by themselves, and starts them so that they do not."""
        for role, victim in list(self._victims.items()):
            if victim.is_armed:
                self._kill(role)
                self._start(role, is_later=victim.is_later)

    def _await_lines(self, more: int) -> None:
        size = self._written_bytes() + more * LINE_BYTES
        await_until(lambda: self._looked_after() and self._written_bytes() >= size, f"{more} more lines of the scripts")

    def _written_bytes(self) -> int:
        return sum(path.stat().st_size for path in self._home.witness.glob("*.jsonl"))

    def _looked_after(self) -> bool:
        """Lets those go on whose time it is, and starts those anew that died where they were to die."""
        self._let_go()
        for role, victim in list(self._victims.items()):
            if not victim.script.is_running:
                ended = victim.script.end()
                assert victim.is_armed, f"{role} ended by itself with {ended.code}\n{ended.err[-4_000:]}"
                assert ended.code == -signal.SIGKILL, ended.err[-4_000:]
                self._start(role, is_later=victim.is_later)
        return True

    def _let_go(self, *, all_of_them: bool = False) -> bool:
        """Lets those go on whose time it is; whether nobody stands still any more."""
        now = time.monotonic()
        for due in [due for due in self._stopped if all_of_them or due[0] <= now]:
            self._stopped.remove(due)
            due[1].send(signal.SIGCONT)
            if isinstance(due[1], Worker):
                due[1].close()
        return not self._stopped

    def _fill(self, seconds: float) -> None:
        """Fills the disk, and waits until all of it is stored that was kept in memory meanwhile.

        Nobody is killed meanwhile, for what is in memory alone would be lost, as the script is told.
        """
        self._let_go(all_of_them=True)
        self._disarm()
        await_until(self._all_have_begun, "all scripts to have opened their journals")
        with self._full_disk():
            until = time.monotonic() + seconds
            await_until(lambda: time.monotonic() > until, "the disk to have been full for so long")
        # A flow run ends behind a barrier: all that its process reported before is stored then.
        ends = {role: self._ends(victim) for role, victim in self._victims.items()}
        await_until(
            lambda: all(self._ends(victim) > ends[role] + 1 for role, victim in self._victims.items()),
            "every script to have ended a flow run on the disk that has room again",
        )

    @contextmanager
    def _full_disk(self) -> Generator[None]:
        filler = fill(self._home.path)
        try:
            yield
        finally:
            filler.unlink()

    def _all_have_begun(self) -> bool:
        return all(self._ends(victim) > 0 for victim in self._victims.values())

    def _ends(self, victim: Victim) -> int:
        """How many flow runs this process saw end."""
        assert victim.script.is_running, victim.script.wrote()[-4_000:]
        path = self._home.witness / f"{victim.script.process.pid}.jsonl"
        return path.read_bytes().count(b'"flow_ended"') if path.exists() else 0
