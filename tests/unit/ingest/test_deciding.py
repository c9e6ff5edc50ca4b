"""The loop around a decision: stale facts are read again, but not for ever."""

import pytest

from headrace.server.store.errors import StaleFacts, StoreUnavailable
from headrace.server.usecases.deciding import decided


def test_a_decision_on_stale_facts_is_made_again_and_knows_it() -> None:
    tries: list[bool] = []

    def once(is_again: bool) -> str:
        tries.append(is_again)
        if len(tries) < 4:
            raise StaleFacts("flow_runs")
        return "decided"

    assert decided(once) == "decided"
    assert tries == [False, True, True, True]


def test_facts_that_never_hold_are_given_up_with_their_name() -> None:
    tries: list[bool] = []

    def once(is_again: bool) -> None:
        tries.append(is_again)
        raise StaleFacts("flow_runs")

    with pytest.raises(StoreUnavailable, match="flow_runs"):
        decided(once)
    assert len(tries) == 50
