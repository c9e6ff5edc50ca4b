"""A process of a pool: carries out calls of tasks, one after the other, until its flow run's process wants no more.

It reports to a journal of its own, and what a run reported is stored before its result is handed on.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final, cast

import msgspec

from headrace._engine.process_pickles import (
    BEGUN,
    STORED,
    Reply,
    Request,
    Surroundings,
    image_of,
    loads,
    pickled,
    pickled_error,
)
from headrace._engine.recording import work_for
from headrace._engine.session import Session, close_session, hello
from headrace._engine.submissions import carried_out
from headrace._engine.tags import tags_in_force
from headrace._engine.task_run import Ended, received_run
from headrace._engine.timeouts import kill_stuck_process
from headrace._kernel import crash_points
from headrace._kernel.crashes import described
from headrace._kernel.current import FlowFrame, innermost
from headrace._kernel.late import load
from headrace.exceptions import SerializationError
from headrace.task_runners import ThreadPoolTaskRunner

__all__ = ["main"]

_REMEMBERED: Final = 64
_LOOK_SECONDS: Final = 0.1


def main(connection_descriptor: int, life_descriptor: int, parent_id: str) -> None:
    """Serves the process at the other end, which writes journal `parent_id`; `life_descriptor` ends when it does."""
    connection = Connection(connection_descriptor)
    interrupts = _Interrupts()
    signal.signal(signal.SIGINT, interrupts.come)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    work_for(bytes.fromhex(parent_id))
    kill_stuck_process()
    work = _Work(interrupts)
    threading.Thread(target=_end_with_parent, args=(life_descriptor, interrupts), daemon=True).start()
    try:
        surroundings = msgspec.msgpack.decode(connection.recv_bytes(), type=Surroundings)
        begun = msgspec.msgpack.encode(_begun(surroundings, work))
        crash_points.reach("pool.ready")
        connection.send_bytes(begun)
        while True:
            request = connection.recv_bytes()
            crash_points.reach("pool.asked")
            connection.send_bytes(BEGUN)  # From here on, nobody else may carry it out.
            crash_points.reach("pool.begun")
            reply = work.carried_out(request)
            crash_points.reach("pool.ended")
            connection.send_bytes(reply)
            crash_points.reach("pool.replied")
            _store(work.session, connection)
            crash_points.reach("pool.stored")
            connection.send_bytes(STORED)
    except (EOFError, OSError):  # The flow run has ended, or its process has.
        pass
    close_session()


def _store(session: Session, connection: Connection) -> None:
    """Stores what was reported.

    Where some of it is in memory alone, for the disk is full, it would be lost with this process, which ends with the
    flow run: this waits until there is room, or the process at the other end has gone.
    """
    while not session.stream.flush() and session.recording is not None and session.recording.in_memory():
        if connection.poll(_LOOK_SECONDS):
            return


def _begun(surroundings: Surroundings, work: "_Work") -> tuple[bytes, str | None]:
    """Makes this process like the other one; gives the id of its journal, and why it cannot take calls, if so."""
    sys.argv = surroundings.argv
    if surroundings.is_aliased:
        install_alias: Callable[[], None] = load("install_alias")
        install_alias()
    recording = work.session.recording
    journal_id = recording.journal_id if recording is not None else b""
    try:
        initializer, arguments = loads(surroundings.initializer)
        if initializer is not None:
            initializer(*arguments)
    except Exception as error:  # noqa: BLE001 - the user's function
        return journal_id, f"The initializer of the task runner raised {described(error)}."
    return journal_id, None


class _Interrupts:
    """Ctrl-C, which reaches every process of a terminal, and which the flow run's process sends on besides.

    It interrupts the run at hand, once; between two runs it means nothing here.
    """

    def __init__(self) -> None:
        self.is_busy = False
        self._has_come = False

    def __enter__(self) -> None:
        self._has_come = False
        self.is_busy = True

    def __exit__(self, *_: object) -> None:
        self.is_busy = False

    def come(self, number: int, frame: FrameType | None) -> None:
        if self.is_busy and not self._has_come:
            self._has_come = True
            raise KeyboardInterrupt


def _end_with_parent(life_descriptor: int, interrupts: _Interrupts) -> None:
    """Ends this process where its parent has ended: what it is at has nobody to go to. Its journal says so."""
    while os.read(life_descriptor, 1):
        pass
    if interrupts.is_busy:
        os._exit(1)


class _Work:
    """Carries calls out."""

    def __init__(self, interrupts: _Interrupts) -> None:
        self.session = hello()
        self._interrupts = interrupts
        self._tasks: dict[bytes, Any] = {}
        self._flow_frames: dict[bytes, FlowFrame] = {}
        self._value: Any = None
        self._written: bytes | None = None

    def carried_out(self, encoded: bytes) -> bytes:
        """The reply to a request. What was reported is not stored yet: where this process dies now, others do that."""
        reply = self._reply(msgspec.msgpack.decode(encoded, type=Request))
        self._value = self._written = None
        return msgspec.msgpack.encode(reply)

    def _reply(self, request: Request) -> Reply:
        try:
            flow_frame = self._flow_frame(request)
            task, parameters = self._task(request.task), loads(request.parameters)
        except Exception as error:  # noqa: BLE001 - a module that is not to be found, what a `__setstate__` raises
            return Reply(None, refusal=described(error))
        innermost.set(flow_frame)
        tags_in_force.set(frozenset(request.tags))
        with self._interrupts:
            ended = carried_out(task, request.run_id, received_run(task, request.run_id, parameters, request.inputs))
            if flow_frame is not None:
                _settle(flow_frame)
        return self._reply_of(task, ended)

    def _flow_frame(self, request: Request) -> FlowFrame | None:
        if request.flow_run_id is None:
            return None
        if request.flow is not None:
            self._flow_frames[request.flow_run_id] = image_of(loads(request.flow), self.session)
        frame = self._flow_frames[request.flow_run_id]
        # What the task submits runs on threads of this process: the pool's processes are its flow's to fill.
        frame.runner = ThreadPoolTaskRunner().__enter__()
        return frame

    def _task(self, written: bytes) -> Any:
        """The task that this reads as: the same object each time, as modules and closures have it."""
        task = self._tasks.get(written)
        if task is None:
            while len(self._tasks) >= _REMEMBERED:
                del self._tasks[next(iter(self._tasks))]
            task = self._tasks[written] = self._keeping_value(loads(written))
        return task

    def _keeping_value(self, task: Any) -> Any:
        """A copy of this task whose calls fail where what they return cannot cross."""
        call, name = task.call, task.name
        if task.isgenerator:
            return task

        def keep(value: Any) -> Any:
            self._value, self._written = value, _written(value, name)
            return value

        def kept(*args: Any, **kwargs: Any) -> Any:
            return keep(call(*args, **kwargs))

        async def kept_async(*args: Any, **kwargs: Any) -> Any:
            return keep(await call(*args, **kwargs))

        copied: Any = object.__new__(cast(Any, type(task)))
        copied.__dict__ = {**vars(task), "call": kept_async if task.isasync else kept}
        return copied

    def _reply_of(self, task: Any, ended: Ended) -> Reply:
        error = pickled_error(ended.error) if ended.error is not None else None
        if error is not None and ended.state.type != "COMPLETED":
            return Reply(ended.state, error=error)
        if self._written is not None and ended.value is self._value:
            return Reply(ended.state, self._written, error)
        try:
            return Reply(ended.state, _written(ended.value, task.name), error)
        except SerializationError as error:
            return Reply(ended.state, error=pickled_error(error))


def _settle(flow_frame: FlowFrame) -> None:
    """Waits for all that the task has submitted, unless it is interrupted."""
    with suppress(KeyboardInterrupt):
        flow_frame.runner.__exit__(None, None, None)
    flow_frame.runner = None
    flow_frame.lineage.forget()


def _written(value: Any, task_name: str) -> bytes:
    return pickled(value, f"What task {task_name!r} returned, a {type(value).__name__},")
