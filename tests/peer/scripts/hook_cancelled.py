"""A flow run that is cancelled through the API while it runs: its hooks for cancellation are called at its end."""

from typing import Any

from prefect import flow, get_client
from prefect.runtime import flow_run
from prefect.states import Cancelling


def cancelled(flow: Any, run: Any, state: Any) -> None:
    print("cancelled", flow.name, state.name)


def never(flow: Any, run: Any, state: Any) -> None:
    print("never")


@flow(on_cancellation=[cancelled], on_completion=[never], on_crashed=[never])
def pipeline() -> None:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, Cancelling(), force=True)  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    print(pipeline(return_state=True).name)
