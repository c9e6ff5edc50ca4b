"""The table of transitions: complete, drawn, and beside the answers of the peer."""

import itertools

import pytest

from headrace.server.orchestration.decisions import Abort, Accept, Decision, Reject
from headrace.server.orchestration.rules import decide
from headrace.server.orchestration.transitions import STATE_TYPES, TERMINAL_TYPES, TRANSITIONS, way
from tests.support.runs import facts_of, over_api, state

PAIRS = tuple(itertools.product(STATE_TYPES, STATE_TYPES))

# What Prefect 3.8.8 answers (no deployment): A accept, R reject, B abort, C reject and make it Cancelled.
PEER = """
            SCHEDULED PENDING RUNNING PAUSED CANCELLING COMPLETED FAILED CANCELLED CRASHED
SCHEDULED   A         A       A       R      C          A         A      A         A
PENDING     A         B       A       R      A          A         A      A         A
RUNNING     A         B       A       A      A          A         A      A         A
PAUSED      A         R       A       R      A          A         A      A         A
CANCELLING  R         R       R       R      R          R         R      A         R
COMPLETED   B         A       A       B      B          A         A      A         B
FAILED      B         A       A       B      B          A         A      A         B
CANCELLED   B         B       A       B      B          A         A      A         B
CRASHED     B         A       A       B      B          A         A      A         B
"""

# Where the peer lets a run that is over change its mind, or leaves one that has ended in Cancelling.
DIFFERS = {
    **{(a, b): "R" for a in ("COMPLETED", "FAILED") for b in ("COMPLETED", "FAILED", "CANCELLED") if a != b},
    **{("CANCELLED", b): "R" for b in ("COMPLETED", "FAILED")},
    **{("CRASHED", b): "R" for b in ("COMPLETED", "FAILED", "CANCELLED")},
    **{("CANCELLING", b): "C" for b in ("COMPLETED", "FAILED", "CRASHED")},
    ("CANCELLED", "RUNNING"): "B",
}


def peer_answers() -> dict[tuple[str, str], str]:
    head, *rows = PEER.strip("\n").splitlines()
    columns = head.split()
    return {(row.split()[0], to): a for row in rows for to, a in zip(columns, row.split()[1:], strict=True)}


def letter(decision: Decision) -> str:
    match decision:
        case Accept():
            return "A"
        case Reject(state=made) if made is not None and made.type == "CANCELLED":
            return "C"
        case Reject():
            return "R"
        case Abort():
            return "B"
    return "?"


def test_the_table_has_a_way_for_every_pair_and_for_runs_without_a_state() -> None:
    assert set(TRANSITIONS) == {None, *STATE_TYPES}
    assert all(tuple(ways) == STATE_TYPES for ways in TRANSITIONS.values())


def test_the_table_draws_as_the_life_of_a_run() -> None:
    drawn = [f"{a} -> {b}" for a, b in PAIRS if way(a, b) == "go" and a not in TERMINAL_TYPES | {"CANCELLING"}]
    assert [arrow for arrow in drawn if not arrow.endswith(("COMPLETED", "FAILED", "CANCELLED", "CRASHED"))] == [
        "SCHEDULED -> SCHEDULED",
        "SCHEDULED -> PENDING",
        "SCHEDULED -> RUNNING",
        "PENDING -> SCHEDULED",
        "PENDING -> RUNNING",
        "PENDING -> CANCELLING",
        "RUNNING -> SCHEDULED",
        "RUNNING -> RUNNING",
        "RUNNING -> PAUSED",
        "RUNNING -> CANCELLING",
        "PAUSED -> SCHEDULED",
        "PAUSED -> RUNNING",
        "PAUSED -> CANCELLING",
    ]


@pytest.mark.parametrize("current", sorted(TERMINAL_TYPES))
def test_no_way_leads_out_of_a_terminal_state_but_a_new_attempt_and_a_presumed_crash(current: str) -> None:
    assert {way(current, proposed) for proposed in STATE_TYPES} <= {"again", "overrule", "stay", "refuse", "stop"}
    assert ("overrule" in TRANSITIONS[current].values()) is (current == "CRASHED")


def test_every_state_of_a_run_that_is_not_over_can_end() -> None:
    for current in set(STATE_TYPES) - TERMINAL_TYPES:
        assert {way(current, proposed) for proposed in TERMINAL_TYPES} <= {"go", "cancel"}


@pytest.mark.parametrize(("current", "proposed"), PAIRS)
def test_a_proposal_over_the_api_is_answered_as_the_peer_does_but_where_it_breaks_an_invariant(
    current: str, proposed: str
) -> None:
    answer = letter(decide(facts_of(state(current)), over_api(proposed), now=0))
    assert answer == DIFFERS.get((current, proposed), peer_answers()[current, proposed])


def test_the_differences_from_the_peer_are_differences() -> None:
    assert all(peer_answers()[pair] != answer for pair, answer in DIFFERS.items())
