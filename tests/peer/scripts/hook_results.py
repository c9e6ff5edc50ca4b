"""What a plain hook of an async flow sees as the result of its state."""

import asyncio
from inspect import iscoroutine
from typing import Any

from prefect import flow
from prefect.states import State


def hook(run_of: Any, run: Any, state: State[Any]) -> None:
    result = state.result()
    print(iscoroutine(result))
    if iscoroutine(result):
        result.close()


@flow(on_completion=[hook])
async def pipeline() -> int:
    return 1


if __name__ == "__main__":
    asyncio.run(pipeline())
