"""Stores a batch of a journal: reports as they are, proposals as the rules answer them, and the cursor, in one step."""

from collections.abc import Mapping

from msgspec.structs import replace

from headrace._kernel import crash_points
from headrace._kernel.ids import new_id
from headrace._records import FlowRunBegun
from headrace._stream import Batch, IngestReply, Series, SinkRefused, Verdict
from headrace.server.store import deletions, hot
from headrace.server.store.errors import RowRefused
from headrace.server.store.facts import JournalFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.decoding import decoded_logs, decoded_states, refused_logs, refused_states
from headrace.server.usecases.folding import Known, Told, fold, mentioned_flow_runs, sort_reports
from headrace.server.usecases.journals import directives
from headrace.server.usecases.remembering import Memory

__all__ = ["ingest", "ingest_and_direct"]


def ingest(store: Store, batch: Batch, *, now: int, memory: Memory | None = None) -> IngestReply:
    """Stores all of `batch`, and answers its proposals. With a `memory`, what it recalls is not read.

    What can never be stored becomes a dead letter. Raises SinkRefused, with the cursors, where the batch does not
    begin at them (one whose reply was lost is stored already; its proposals may be proposed again), and
    StoreUnavailable where the store cannot be used now.
    """
    reply = _stored_or_refused(store, batch, now, memory or Memory())
    crash_points.reach("ingest.reply")
    return reply


def ingest_and_direct(store: Store, batch: Batch, *, now: int) -> IngestReply:
    """The same for a process that would have to ask over HTTP: the reply brings what is wanted of the runs it holds."""
    reply = ingest(store, batch, now=now)
    return replace(reply, directives=directives(store, batch.journal.journal_id))


def _stored_or_refused(store: Store, batch: Batch, now: int, memory: Memory) -> IngestReply:
    """Stores the batch; where the database refuses a row, the batch in ever smaller parts, to find the record."""
    try:
        return _stored(store, _told(store, batch), now, memory)
    except RowRefused as refusal:
        count = len(batch.states.payloads) + len(batch.logs.payloads)
        if count == 0:
            raise
        if count == 1:
            reason = f"The database cannot store it: {refusal}".replace("\0", "\\0")
            states, logs = refused_states(batch.states, reason), refused_logs(batch.logs, reason)
            return _stored(store, sort_reports(batch, states, logs), now, memory)
    first, second = [_stored_or_refused(store, part, now, memory) for part in _parts(batch)]
    return replace(
        second,
        verdicts=first.verdicts + second.verdicts,
        dead_letters=first.dead_letters + second.dead_letters,
    )


def _parts(batch: Batch) -> tuple[Batch, Batch]:
    """A batch in two, in the order in which they must be stored: lines before states, and states as they came."""
    states, logs = batch.states, batch.logs
    if states.payloads and logs.payloads:
        no_states, no_logs = Series(states.start, states.start), Series(logs.end, logs.end)
        return replace(batch, states=no_states), replace(batch, logs=no_logs)
    if states.payloads:
        first, second = _halves(states)
        return replace(batch, states=first), replace(batch, states=second)
    first, second = _halves(logs)
    return replace(batch, logs=first), replace(batch, logs=second)


def _halves(series: Series) -> tuple[Series, Series]:
    middle = len(series.payloads) // 2
    border = series.positions[middle]
    return (
        Series(series.start, border, series.positions[:middle], series.payloads[:middle]),
        Series(border, series.end, series.positions[middle:], series.payloads[middle:]),
    )


def _told(store: Store, batch: Batch) -> Told:
    rejects_nul = store.dialect.rejects_nul
    states = decoded_states(batch.states, rejects_nul=rejects_nul)
    return sort_reports(batch, states, decoded_logs(batch.logs, rejects_nul=rejects_nul))


def _stored(store: Store, told: Told, now: int, memory: Memory) -> IngestReply:
    batch = told.batch

    def once(is_again: bool) -> IngestReply:
        if is_again:
            memory.forget()
        known = memory.recall(told)
        folded = fold(told, known, now) if known else None
        # A proposal that changes nothing has no fence: only facts that were read can answer it.
        if known is None or folded is None or len(folded.flow_runs) < len({run.run_id for _, run in told.proposals}):
            known = _read(store, told, is_again)
            folded = fold(told, known, now)
        if known.journal is None or batch.states.start != batch.states.end or batch.logs.start != batch.logs.end:
            with store.step() as tx:
                hot.apply(tx, folded.changes)
            memory.keep(told, known, folded)
        verdicts = _with_flow_ids(store, folded.verdicts, known.fresh_flow_ids)
        return IngestReply(batch.states.end, batch.logs.end, verdicts, len(folded.changes.dead_letters))

    return decided(once)


def _read(store: Store, told: Told, is_again: bool) -> Known:
    """What the store has of what the batch is about.

    A task run that is created in this batch is nearly always new: only where a fence failed is it looked for.
    """
    names = {record.flow_name for _, record in told.proposals if isinstance(record, FlowRunBegun)}
    flow_runs = {record.run_id for _, record in told.proposals}
    mentioned = flow_runs | mentioned_flow_runs(told)
    task_runs = told.reports.keys() if is_again else told.reports.keys() - told.creations.keys()
    with store.read() as tx:
        journal = hot.cursors(tx, told.batch.journal.journal_id)
        _check_cursors(told.batch, journal)
        flow_ids = hot.known_flow_ids(tx, names) if names else {}
        return Known(
            journal=journal,
            flow_runs=hot.flow_run_facts(tx, flow_runs) if flow_runs else {},
            task_runs=hot.task_run_facts(tx, task_runs) if task_runs else {},
            flow_ids=flow_ids,
            fresh_flow_ids={name: new_id() for name in names - flow_ids.keys()},
            deleted=deletions.deleted_among(tx, mentioned),
        )


def _check_cursors(batch: Batch, journal: JournalFacts | None) -> None:
    if journal is None:
        return
    stored = journal.states_cursor, journal.logs_cursor
    if journal.closed_at is not None:
        raise SinkRefused(f"Journal {batch.journal.journal_id.hex()} is closed: its process is gone.", *stored)
    if stored != (batch.states.start, batch.logs.start):
        begins = f"states at {batch.states.start} and logs at {batch.logs.start}"
        raise SinkRefused(f"The batch begins with {begins}; stored is all before {stored[0]} and {stored[1]}.", *stored)


def _with_flow_ids(
    store: Store, verdicts: tuple[Verdict, ...], fresh_flow_ids: Mapping[str, bytes]
) -> tuple[Verdict, ...]:
    """The verdicts with the ids that new flows have got: another process may have made the same flow just before."""
    if not fresh_flow_ids:
        return verdicts
    with store.read() as tx:
        flow_ids = hot.known_flow_ids(tx, fresh_flow_ids)
    became = {flow_id: flow_ids.get(name, flow_id) for name, flow_id in fresh_flow_ids.items()}
    return tuple(
        [
            replace(verdict, flow_id=became[verdict.flow_id]) if verdict.flow_id in became else verdict
            for verdict in verdicts
        ]
    )
