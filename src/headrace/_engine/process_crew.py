"""A crew: the processes of one pool, each of which carries out one call at a time.

A pool of our own, and not the standard library's: that one breaks as a whole when one process dies, and runs the user's
script again in each of them. Processes are started when they are first needed, as fresh interpreters (fork is unsafe
beside threads). Where one dies, its call is lost and no other; the next call gets a new process.
"""

import os
import signal
import socket
import subprocess
import sys
from _thread import allocate_lock
from collections import deque
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from headrace._engine.process_pickles import BEGUN, Reply, Request, Surroundings
from headrace._kernel import clock

__all__ = ["Crew", "Interrupted", "ProcessDied"]

_START: Final = (
    "import sys; sys.path[:] = {path!r}; from headrace._engine.process_worker import main; "
    "main({connection}, {life}, {parent_id!r})"
)
_LOOK_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 10.0  # for a call that was interrupted, and for a process to end


class Interrupted(Exception):
    """The pool takes no more calls: its flow run was interrupted."""


class ProcessDied(Exception):
    """A process ended in the middle of a call, or never came to take one.

    Carries the sentence to tell, the id of the process's journal, its exit code (negative: the signal that killed it),
    whether the call may have been begun, and the reply where there was one, and only the journal may lack something.
    """

    def __init__(
        self, message: str, journal_id: bytes, *, code: int = 0, has_begun: bool = True, reply: Reply | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.journal_id = journal_id
        self.has_begun = has_begun
        self.reply = reply


class Crew:
    """The processes of one pool: as many as calls are carried out at a time."""

    def __init__(self, surroundings: Surroundings, environment: dict[str, str], parent_id: bytes) -> None:
        self._surroundings = msgspec.msgpack.encode(surroundings)
        self.environment = environment
        self.parent_id = parent_id  # the journal of this process
        self.journal_ids: list[bytes] = []  # those of the others, as they begin
        self._lock = allocate_lock()
        self._idle: deque[_Process] = deque()
        self._all: set[_Process] = set()
        self.interrupted_at: float | None = None

    def carry_out(self, request: Request, flow: bytes | None) -> Reply:
        """Has a process carry out this call, and waits for it; `flow` is told to a process that has not heard of it.

        Raises ProcessDied, and Interrupted where it has not been begun.
        """
        while True:
            process = self._take()
            try:
                reply = process.carry_out(request, flow)
            except ProcessDied as death:
                self._drop(process)
                if death.has_begun:
                    raise
            except BaseException:
                self._drop(process)
                raise
            else:
                with self._lock:
                    self._idle.append(process)
                return reply

    def interrupt(self) -> None:
        """Interrupts the calls that have begun, as Ctrl-C would; none begins any more."""
        self.interrupted_at = clock.monotonic()
        for process in list(self._all):
            process.send(signal.SIGINT)

    def kill(self) -> None:
        """Ends the processes at once."""
        for process in list(self._all):
            process.send(signal.SIGKILL)

    def close(self) -> None:
        """Ends the processes, and waits for that; who takes too long is killed."""
        with self._lock:
            ending, self._all = list(self._all), set()
            self._idle.clear()
        for process in ending:
            process.hang_up()
        deadline = clock.monotonic() + _GRACE_SECONDS
        for process in ending:
            process.end(deadline)

    def _take(self) -> "_Process":
        """A process that is free, which is the caller's from now on."""
        while True:
            with self._lock:
                if self.interrupted_at is not None:
                    raise Interrupted
                process = self._idle.pop() if self._idle else None
            if process is None:
                break
            if process.is_alive:
                return process
            self._drop(process)  # It was killed while it had nothing to do.
        try:
            process = _Process(self)
        except OSError as error:
            raise ProcessDied(f"A process of the task runner could not be started: {error}", b"") from error
        with self._lock:
            self._all.add(process)
        try:
            process.begin(self._surroundings)
        except BaseException:
            self._drop(process)
            raise
        return process

    def _drop(self, process: "_Process") -> None:
        with self._lock:
            self._all.discard(process)
        process.hang_up()
        process.send(signal.SIGKILL)
        process.end(clock.monotonic() + _GRACE_SECONDS)


class _Process:
    """One process, and the connection to it."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._told: set[bytes] = set()  # the flow runs that it knows
        self._journal_id = b""
        ours, theirs = socket.socketpair()
        ended, self._life = os.pipe()
        try:
            code = _START.format(path=sys.path, connection=theirs.fileno(), life=ended, parent_id=crew.parent_id.hex())
            # Ctrl-C reaches every process of the terminal: not before this one knows what to do with it.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                self._process = subprocess.Popen(
                    [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", code],  # type: ignore[attr-defined]
                    stdin=subprocess.DEVNULL,
                    env=crew.environment,
                    pass_fds=(theirs.fileno(), ended),
                )
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:
            ours.close()
            os.close(self._life)
            raise
        finally:
            theirs.close()
            os.close(ended)
        self._connection = Connection(ours.detach())

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def begin(self, surroundings: bytes) -> None:
        """Waits until the process can take calls; ProcessDied where it never will."""
        try:
            self._connection.send_bytes(surroundings)
            self._journal_id, refusal = msgspec.msgpack.decode(self._received(), type=tuple[bytes, str | None])
            if self._journal_id:
                self._crew.journal_ids.append(self._journal_id)
        except (EOFError, OSError):
            refusal = self._told_death()
        if refusal is not None:
            raise ProcessDied(refusal, self._journal_id)

    def carry_out(self, request: Request, flow: bytes | None) -> Reply:
        """Carries out one call; ProcessDied where the process ends instead."""
        flow_run_id = request.flow_run_id
        if flow_run_id is not None and flow_run_id not in self._told:
            self._told.add(flow_run_id)
            request = msgspec.structs.replace(request, flow=flow)
        has_begun, reply = False, None
        try:
            self._connection.send_bytes(msgspec.msgpack.encode(request))
            has_begun = self._received() == BEGUN
            reply = msgspec.msgpack.decode(self._received(), type=Reply)
            self._received()  # STORED
        except (EOFError, OSError):
            why, code = self._told_death(), self._process.returncode
            raise ProcessDied(why, self._journal_id, code=code, has_begun=has_begun, reply=reply) from None
        return reply

    def send(self, number: int) -> None:
        """Sends a signal, unless the process has ended."""
        self._process.send_signal(number)

    def hang_up(self) -> None:
        """Lets the process know that nothing more comes."""
        self._connection.close()
        life, self._life = self._life, -1
        if life >= 0:
            os.close(life)

    def end(self, deadline: float) -> None:
        """Waits for the end of the process; kills it where that does not come."""
        try:
            self._process.wait(max(deadline - clock.monotonic(), 0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _received(self) -> bytes:
        """The next message; EOFError or OSError where none will come."""
        while not self._connection.poll(_LOOK_SECONDS):
            # A process of the user's may hold the other end open for one that is gone.
            if not self.is_alive and not self._connection.poll(0):
                raise EOFError
            self._look_after_interruption()
        return self._connection.recv_bytes()

    def _look_after_interruption(self) -> None:
        """Interrupts a call once more that had not quite begun when it was; and does not wait for one for ever."""
        at = self._crew.interrupted_at
        if at is not None:
            self.send(signal.SIGINT if clock.monotonic() < at + _GRACE_SECONDS else signal.SIGKILL)

    def _told_death(self) -> str:
        self.end(clock.monotonic() + _GRACE_SECONDS)
        code = self._process.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"The process {self._process.pid} of the task runner, which carried out this task run, {how}."
