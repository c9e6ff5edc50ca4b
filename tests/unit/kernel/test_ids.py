"""Ids are UUIDs of the right version, and the ids of states are computed."""

import os
import uuid

from headrace._kernel.ids import id_bytes, id_text, new_id, state_id, to_uuid


def test_a_new_id_is_a_version_7_uuid_that_tells_its_time() -> None:
    before = uuid.UUID(bytes=new_id())
    after = uuid.UUID(bytes=new_id())
    assert (before.version, before.variant) == (7, uuid.RFC_4122)
    assert before.int >> 80 <= after.int >> 80


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(50_000)}) == 50_000


def test_ids_of_one_process_sort_as_they_were_made() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert ids == sorted(ids)


def test_a_forked_child_draws_other_ids_than_its_parent() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"".join(new_id()[8:] for _ in range(100)))
        os._exit(0)
    ours = {new_id()[8:] for _ in range(100)}
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    theirs = {told[i : i + 8] for i in range(0, len(told), 8)}
    assert len(theirs) == 100
    assert not ours & theirs


def test_a_states_id_follows_from_run_attempt_and_ordinal() -> None:
    run = new_id()
    ids = {state_id(run, attempt, ordinal) for attempt in range(1, 20) for ordinal in range(50)}
    assert len(ids) == 19 * 50
    assert state_id(run, 1, 2) == state_id(run, 1, 2)
    assert run not in ids
    assert to_uuid(state_id(run, 1, 2)).version == 8


def test_text_and_bytes_are_the_same_id() -> None:
    identifier = new_id()
    assert id_text(identifier) == str(uuid.UUID(bytes=identifier))
    assert id_bytes(id_text(identifier)) == identifier
    assert id_bytes(identifier.hex()) == identifier
