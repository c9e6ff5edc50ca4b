"""The other names that scripts use, with the types that users expect. pyright reads it; nothing runs it."""

from typing import Any, assert_type

from headrace import flow, get_run_logger, tags, task
from headrace.client.orchestration import get_client
from headrace.exceptions import HeadraceException, MissingResult
from headrace.runtime import flow_run
from headrace.states import Completed, Failed, State, StateType


@task
def half(number: int) -> float:
    return number / 2


@flow
def plain(number: int = 4) -> float:
    logger = get_run_logger()
    logger.info("in %s", flow_run.name, extra={"number": number})
    with tags("nightly", "math") as in_force:
        assert_type(in_force, set[str])
        return half(number)


@flow
def decided(number: int) -> State[Any]:
    return Completed(message="enough") if number > 1 else Failed(message="too few")


def states(state: State[float]) -> None:
    assert_type(state.type, StateType)
    assert_type(state.is_completed(), bool)
    assert_type(state.name, str | None)
    try:
        assert_type(state.result(), float)
    except MissingResult as error:
        raise HeadraceException("no result") from error


def client_of_both_faces() -> None:
    with get_client(sync_client=True) as client:
        assert_type([run.name for run in client.read_flow_runs()], list[str])


async def client_of_both_faces_async() -> None:
    async with get_client() as client:
        assert_type([run.name for run in await client.read_flow_runs()], list[str])
