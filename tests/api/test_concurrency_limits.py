"""Slots of limits that do not exist: who asks for them is let through."""

from uuid import uuid4

from tests.support.asking import Ask


def test_where_there_is_no_limit_everybody_is_let_through(ask: Ask) -> None:
    holder = {"type": "task_run", "id": str(uuid4())}
    taken = ask("increment_concurrency_slots_with_lease", {"names": ["tag:x"], "slots": 1, "holder": holder})
    assert (taken.status, taken.body["limits"]) == (200, [])
    lease = taken.body["lease_id"]
    assert ask("renew_concurrency_lease", {"lease_duration": 60}, lease_id=lease).status == 204
    assert ask("release_concurrency_slots_with_lease", {"lease_id": lease}).status == 204


def test_slots_that_nobody_can_have_are_refused(ask: Ask) -> None:
    assert ask("increment_concurrency_slots_with_lease", {"names": ["x"], "slots": 0}).status == 422
    assert ask("increment_concurrency_slots_with_lease", {"names": [], "slots": 1}).status == 422
    assert ask("renew_concurrency_lease", {"lease_duration": 1}, lease_id=uuid4()).status == 422
