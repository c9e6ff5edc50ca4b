"""Upward references: the one way in which a module reaches something above it, by import string, when it is needed.

The table is literal, so that a reader sees every arrow that points up, and a test resolves each of them.
Who loads one types it by a Protocol of its own: `open_sink: OpenSink = late.load("embedded_sink")`.
"""

import sys
from importlib import import_module
from typing import Any

__all__ = ["REFERENCES", "imported", "load"]

REFERENCES: dict[str, str] = {
    # The control plane in this process: `open_sink(settings) -> Sink`, which raises where it cannot be used now; and
    # for scripts without an API URL `reach_sink(settings) -> Sink`, which then waits.
    "embedded_sink": "headrace.server.embedded:open_sink",
    "awaited_sink": "headrace.server.embedded:reach_sink",
    # The control plane behind a URL, for scripts that report to a server: `sink_at(api) -> Sink`.
    "http_sink": "headrace.client._http_sink:sink_at",
    # Tokens against forged requests, for a server that asks for them: `CsrfTokens(url)`.
    "csrf_tokens": "headrace.client._csrf:CsrfTokens",
    # The error of a response over HTTP, a subclass of httpx's, for those who catch it by name.
    "http_status_error": "headrace.client._status_errors:HeadraceHTTPStatusError",
    # The journal and the control plane of a session: `open_recording(settings, tell) -> Recording | None`.
    "open_recording": "headrace._engine.recording:open_recording",
    # The API in this process, for clients without an API URL: `open_api(database_url) -> InProcessApi`.
    "embedded_api": "headrace.server.api.in_process:open_api",
    # What dead processes left in a home, finished by the server: `recover(home, sink) -> RecoveryReport`.
    "recover_journals": "headrace.journal:recover",
    # The server in the foreground, for the command line: `serve(host, port, database_url, home, ...)`.
    "serve": "headrace.server.serving:serve",
    # The server's OpenAPI document: `openapi_json() -> bytes`.
    "openapi_json": "headrace.server.api.document:openapi_json",
    # The upkeep of a database, for the command line: `check_store(database_url)`, `backup_store(database_url, target)`,
    # `vacuum_store(database_url)`, `prune_store(database_url, log_days)`, `empty_store(database_url)`.
    "check_store": "headrace.server.upkeep:check_store",
    "backup_store": "headrace.server.upkeep:backup_store",
    "vacuum_store": "headrace.server.upkeep:vacuum_store",
    "prune_store": "headrace.server.upkeep:prune_store",
    "empty_store": "headrace.server.upkeep:empty_store",
    # Its schema: `schema_state(database_url)`, `upgrade_store(database_url)`, `stamp_store(database_url, revision)`.
    "schema_state": "headrace.server.schema_upkeep:schema_state",
    "upgrade_store": "headrace.server.schema_upkeep:upgrade_store",
    "stamp_store": "headrace.server.schema_upkeep:stamp_store",
    "back_up_as_it_is": "headrace.server.schema_upkeep:back_up_as_it_is",
    "sessions": "headrace.server.schema_upkeep:sessions",
    # The condition of a database, for the doctor: `store_condition(database_url, reads_everything=...)`.
    "store_condition": "headrace.server.embedded:store_condition",
    # The State in which a run ended, for a caller who asks for it: `state_of(ended, run_field) -> State`.
    "state_of": "headrace._engine.returning:state_of",
    # A run's State as users see it, built when they ask for one: `in_memory(...) -> State`, and of a run that has not
    # ended. It brings pydantic.
    "state": "headrace.states:in_memory",
    "pending_state": "headrace.states:Pending",
    "running_state": "headrace.states:Running",
    # How a run ends, decided from what its function came to: `conclusion(outcome, kind) -> (Conclusion, Outcome)`.
    "conclusion": "headrace._engine.conclusions:conclusion",
    # The schema of a flow's parameters: `parameter_schema(fn) -> ParameterSchema`. It brings pydantic.
    "parameter_schema": "headrace._engine.parameter_schema:parameter_schema",
    # Which parameters of a function have a secret in them: `secret_parameters(fn) -> set[str]`.
    "secret_parameters": "headrace._engine.parameter_schema:secret_parameters",
    # What runs need of which more is asked than one call, and that plain scripts do not load: retries and hooks,
    # `TaskAttempts(frame, ...).life(args, kwargs)`; results that a flow's retry finds again, `CompletedTasks()`.
    "task_attempts": "headrace._engine.task_attempts:TaskAttempts",
    "flow_attempts": "headrace._engine.flow_attempts:flow_attempts",
    "completed_tasks": "headrace._engine.completed_tasks:CompletedTasks",
    # The last line of a failure's traceback: `blame(frame, error) -> str`.
    "blame": "headrace._engine.blame:blame",
    # What carries out steps whose items a consumer iterates over: `run_generator(steps, finish)`.
    "run_generator": "headrace._kernel.drive_generators:run_generator",
    "run_async_generator": "headrace._kernel.drive_generators:run_async_generator",
    # The hooks of a state that a run has entered: `call_hooks(frame, states, outcome)`.
    "call_hooks": "headrace._engine.hooks:call_hooks",
    # A user's own configuration of logging: `configure_logging(settings, tell) -> bool`; its file, which brings YAML:
    # `read_file(path, values)` and `place_in_file(path, keys)`.
    "configure_logging": "headrace.logging.configuration:configure_logging",
    "logging_file": "headrace.logging._file:read_file",
    "logging_file_place": "headrace.logging._file:place_in_file",
    # The colours of a line on a terminal: `highlight(highlighter, styles) -> str to str`. It brings rich.
    "highlight": "headrace.logging.highlighters:highlight",
    # Where the line of a run that is not at hand goes: `session_here() -> Session`.
    "session": "headrace._engine.session:session_here",
    # A daemon thread that does some work: `start(work)`.
    "start_thread": "headrace._kernel.threads:start",
    # An attempt that has so many seconds: `TimedAttempt(frame, on_overdue, is_apart)`.
    "timed_attempt": "headrace._engine.timeouts:TimedAttempt",
    # By which somebody can cancel a flow run: `Cancellation()`; a generator as it then is:
    # `limited_steps(items, is_async, limited)`.
    "cancellation": "headrace._kernel.deadlines:Cancellation",
    "limited_steps": "headrace._kernel.deadlines:limited_steps",
    # A function that is called at its time: `set_alarm(seconds, ring) -> Alarm`.
    "set_alarm": "headrace._kernel.alarms:set_alarm",
    # What tells a server of this process's death: `Companion(settings, journal_id, renewal)`.
    "companion": "headrace._engine.companion:Companion",
    # What the control plane wants of runs that are running here: `carry_out(directives)`.
    "carry_out": "headrace._engine.cancelling:carry_out",
    # A place in a pool of threads, lent while a coroutine waits: `lend_place(waited)`, a context manager.
    "lend_place": "headrace._kernel.places:lend_place",
    # Where submitted tasks run: `runner_here(frame)`, `open_runner(flow_frame)`, `settled(flow_frame, outcome)`, and
    # the runner of flows that name none, `ThreadPoolTaskRunner()`.
    "runner_here": "headrace._engine.settling:runner_here",
    "open_runner": "headrace._engine.settling:open_runner",
    "settled": "headrace._engine.settling:settled",
    "task_runner": "headrace.task_runners:ThreadPoolTaskRunner",
    # The processes of a task runner, with all that multiprocessing brings: `Pooled(initializer, initargs)`.
    "pooled": "headrace._engine.process_calls:Pooled",
    # How far submitted runs are, on a terminal: `open_progress(console) -> Progress | None`, and its
    # bars, with rich: `ProgressBars(console, terminal)`.
    "progress": "headrace._engine.progress:open_progress",
    "progress_bars": "headrace.logging._progress_bars:ProgressBars",
    # The alias by which `import prefect` gives Headrace, for another process of a program that has it: `install()`.
    "install_alias": "headrace.compat:install",
    # What to say of a method of flows or tasks that Prefect alone has: `absent_method(kind, name) -> str | None`.
    "absent_method": "headrace.compat._reference:absent_method",
    # The default version of a flow: `source_version(fn)`.
    "source_version": "headrace._authoring.source_version:source_version",
    # Runs as users see them, for hooks and conditions: the schemas of the wire, which bring pydantic.
    "task_run": "headrace.client.schemas.objects:TaskRun",
    "flow_run": "headrace.client.schemas.objects:FlowRun",
    # The end of all that this process reports, for a child that ends past the interpreter: `close_session()`.
    "close_session": "headrace._engine.session:close_session",
    # The process's stream, flushed before the client reads what it may still hold: `flush_stream(timeout) -> bool`.
    "flush_stream": "headrace._engine.session:flush_stream",
    # What was kept long enough, deleted: `prune(store, log_days=..., now=..., budget_seconds=...)`.
    "prune": "headrace.server.usecases.prune:prune",
    # The parts of the store that plain scripts never need, and that take long to import: a server's database, who
    # listens to a file, and SQLAlchemy on a transaction's connection.
    "postgres_store": "headrace.server.store.dialects.postgres:open_postgres",
    "postgres_meta": "headrace.server.store.dialects.postgres:stored_meta",
    "postgres_sessions": "headrace.server.store.dialects.postgres:sessions",
    "write_postgres_meta": "headrace.server.store.dialects.postgres:write_meta",
    "sqlite_watch": "headrace.server.store.dialects.sqlite_watch:SqliteWatch",
    "select_on_sqlite": "headrace.server.store.dialects.sqlite_core:select",
    "select_on_postgres": "headrace.server.store.dialects.postgres_core:select",
}


def load(name: str) -> Any:
    """What the reference `name` points at, importing its module."""
    module, _, attribute = REFERENCES[name].partition(":")
    return getattr(import_module(module), attribute)


def imported(module: str, attribute: str) -> Any:
    """What `module` has by this name; None where nobody has imported it, so that nobody holds anything of it.

    Another thread may be in the middle of importing it: then it is listed, and empty.
    """
    return getattr(sys.modules.get(module), attribute, None)
