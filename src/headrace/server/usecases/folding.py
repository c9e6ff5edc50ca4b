"""Folds a batch into the changes that store it and the verdicts that answer it: pure, from records and facts."""

from collections.abc import Iterator, Mapping, Sequence, Set

import msgspec

from headrace._records import FlowRunBegun, LogLine, StateRecord, TaskRunCreated, TaskRunMoved
from headrace._stream import Batch, JournalIdentity, Verdict
from headrace.server.store.changes import Changes, DeadLetterRow, FlowRow, JournalRow, LogRow, TaskRunRow
from headrace.server.store.facts import FlowRunFacts, JournalFacts, TaskRunFacts
from headrace.server.usecases.decoding import Decoded, Refused
from headrace.server.usecases.flow_proposals import FlowProposals
from headrace.server.usecases.shapes import FlowProposal, Report
from headrace.server.usecases.task_reports import merged_row, new_rows

__all__ = ["Folded", "Known", "Told", "fold", "journal_row", "mentioned_flow_runs", "sort_reports"]


class Told(msgspec.Struct, frozen=True):
    """The records of a batch, sorted by what they are about: once, however often they are folded."""

    batch: Batch
    states: Decoded[Report]
    logs: Decoded[LogLine]
    proposals: list[tuple[int, FlowProposal]]  # each with its index in `states`
    creations: dict[bytes, TaskRunCreated]
    reports: dict[bytes, list[StateRecord]]  # the states of each task run, that of its creation included, as they came


class Known(msgspec.Struct, frozen=True):
    """What the store has of what a batch is about."""

    journal: JournalFacts | None
    flow_runs: Mapping[bytes, FlowRunFacts]  # those that something is proposed for
    task_runs: Mapping[bytes, TaskRunFacts]  # those that exist among the reported ones
    flow_ids: Mapping[str, bytes]
    fresh_flow_ids: Mapping[str, bytes]  # for the flows that the store lacks
    deleted: Set[bytes] = frozenset()  # flow runs that somebody deleted


class Folded(msgspec.Struct, frozen=True):
    """What becomes of a batch."""

    changes: Changes
    verdicts: tuple[Verdict, ...]
    flow_runs: Mapping[bytes, FlowRunFacts]  # those that went to another state, as they then are


def sort_reports(batch: Batch, states: Decoded[Report], logs: Decoded[LogLine]) -> Told:
    """Sorts the records of a batch."""
    told = Told(batch, states, logs, [], {}, {})
    creations, reports = told.creations, told.reports
    for index, record in enumerate(states.records):
        if isinstance(record, TaskRunMoved):
            known = reports.get(record.run_id)
            if known is None:
                reports[record.run_id] = [record.state]
            else:
                known.append(record.state)
        elif isinstance(record, TaskRunCreated):
            creations.setdefault(record.run_id, record)
            reports.setdefault(record.run_id, []).append(record.state)
        else:
            told.proposals.append((index, record))
    return told


def mentioned_flow_runs(told: Told) -> set[bytes]:
    """The flow runs that task runs and lines of a batch belong to."""
    mentioned = {creation.flow_run_id for creation in told.creations.values()}
    mentioned.update([line.flow_run_id for line in told.logs.records])
    return {run_id for run_id in mentioned if run_id is not None}


def fold(told: Told, known: Known, now: int) -> Folded:
    """The rows of a batch and the answers to its proposals."""
    journal_id = told.batch.journal.journal_id
    refused = [*told.states.refused, *told.logs.refused]
    proposals = FlowProposals(known.flow_runs, {**known.fresh_flow_ids, **known.flow_ids}, journal_id)
    verdicts: list[Verdict] = []
    for index, record in told.proposals:
        verdict = _answer(proposals, record, known.deleted, now)
        if isinstance(verdict, Verdict):
            verdicts.append(verdict)
        else:
            refused.append(_refused(told.states, index, verdict))
    reports, lines = told.reports, told.logs
    if known.deleted:
        reports, lines = _without_deleted(told, known.deleted, refused)
    flow_runs = proposals.rows(now)
    begun = {row.flow_name for row in flow_runs}
    flows = [FlowRow(flow_id, name, now) for name, flow_id in known.fresh_flow_ids.items() if name in begun]
    return Folded(
        Changes(
            journal=journal_row(told.batch.journal, known.journal, told.batch.states.end, told.batch.logs.end),
            flows=tuple(flows),
            flow_runs=flow_runs,
            task_runs=_task_run_rows(reports, told.creations, known.task_runs, journal_id, now),
            logs=_log_rows(lines, journal_id),
            dead_letters=tuple([_dead_letter(record, journal_id, now) for record in refused]),
        ),
        (*verdicts, *_refusals(refused)),
        proposals.facts(),
    )


def journal_row(journal: JournalIdentity, known: JournalFacts | None, states_end: int, logs_end: int) -> JournalRow:
    """The journal's row with its cursors moved."""
    return JournalRow(
        id=journal.journal_id,
        host=journal.host,
        boot_id=journal.boot_id,
        pid=journal.pid,
        started_at=journal.started_at,
        states_cursor=states_end,
        logs_cursor=logs_end,
        expected_cursors=(known.states_cursor, known.logs_cursor) if known else None,
    )


def _answer(proposals: FlowProposals, record: FlowProposal, deleted: Set[bytes], now: int) -> Verdict | str:
    """The verdict on a proposal, or the reason why it cannot be stored."""
    if record.run_id in deleted:
        return "The flow run was deleted."
    if not isinstance(record, FlowRunBegun):
        return proposals.move(record, now) or "There is no such flow run: it was never begun, or was deleted."
    return proposals.begin(record, now)


def _refusals(refused: Sequence[Refused]) -> Iterator[Verdict]:
    """What those are told whose proposals cannot be stored."""
    for letter in refused:
        record = letter.record
        if isinstance(record, FlowRunBegun):
            ordinal = record.states[-1].ordinal if record.states else 0
            yield Verdict(record.run_id, record.attempt, ordinal, "ABORT", reason=letter.reason)
        elif record is not None and not isinstance(record, TaskRunCreated | TaskRunMoved | LogLine):
            state = record.state
            yield Verdict(record.run_id, state.attempt, state.ordinal, "ABORT", reason=letter.reason)


def _without_deleted(
    told: Told, deleted: Set[bytes], refused: list[Refused]
) -> tuple[dict[bytes, list[StateRecord]], Decoded[LogLine]]:
    """The reports and lines that do not belong to deleted flow runs; those that do join `refused`."""
    reason = "Its flow run was deleted."
    doomed = {run_id for run_id, creation in told.creations.items() if creation.flow_run_id in deleted}
    for index, record in enumerate(told.states.records):
        if record.run_id in doomed:
            refused.append(_refused(told.states, index, reason))
    kept: list[int] = []
    for index, line in enumerate(told.logs.records):
        if line.flow_run_id in deleted:
            refused.append(_refused(told.logs, index, reason))
        else:
            kept.append(index)
    lines = Decoded([told.logs.positions[index] for index in kept], (), [told.logs.records[index] for index in kept])
    return {run_id: states for run_id, states in told.reports.items() if run_id not in doomed}, lines


def _task_run_rows(
    reports: Mapping[bytes, Sequence[StateRecord]],
    creations: Mapping[bytes, TaskRunCreated],
    known: Mapping[bytes, TaskRunFacts],
    journal_id: bytes,
    now: int,
) -> tuple[TaskRunRow, ...]:
    if not known:
        return tuple(new_rows(reports, creations, journal_id, now))
    merged = [
        merged_row(run_id, facts, creations.get(run_id), reports[run_id], journal_id, now)
        for run_id, facts in known.items()
        if run_id in reports
    ]
    unknown = {run_id: states for run_id, states in reports.items() if run_id not in known}
    return (*[row for row in merged if row is not None], *new_rows(unknown, creations, journal_id, now))


def _log_rows(lines: Decoded[LogLine], journal_id: bytes) -> tuple[LogRow, ...]:
    return tuple(
        [
            LogRow(
                line.flow_run_id,
                line.task_run_id,
                line.at,
                line.level,
                line.logger,
                line.message,
                journal_id,
                position,
            )
            for line, position in zip(lines.records, lines.positions, strict=True)
        ]
    )


def _refused(series: Decoded[Report] | Decoded[LogLine], index: int, reason: str) -> Refused:
    record = series.records[index]
    name = "logs" if isinstance(record, LogLine) else "states"
    return Refused(name, series.positions[index], series.payloads[index], reason, record)


def _dead_letter(refused: Refused, journal_id: bytes, now: int) -> DeadLetterRow:
    return DeadLetterRow(journal_id, refused.series, refused.position, refused.reason, refused.payload, now)
