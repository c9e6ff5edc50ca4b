"""return_state=True gives the final state, of tasks and flows, sync and async, instead of a value or an exception."""

import asyncio

from prefect import flow, task


@task
def half(number: int) -> float:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number / 2


@task
async def half_async(number: int) -> float:
    return number / 2


def describe(state) -> str:
    return f"{state.type.value} {state.name}"


@flow
def halves() -> str:
    good = half(4, return_state=True)
    bad = half(5, return_state=True)
    print(describe(good), good.is_completed(), good.result())
    print(describe(bad), bad.is_failed(), repr(bad.result(raise_on_failure=False)))
    try:
        bad.result()
    except ValueError as error:
        print(f"raised {error}")
    return "fine"


@flow
async def halves_async() -> float:
    state = await half_async(8, return_state=True)
    return await state.aresult()


@flow
def failing() -> None:
    raise RuntimeError("no luck")


if __name__ == "__main__":
    state = halves(return_state=True)
    print(describe(state), state.is_final(), state.result())
    print(asyncio.run(halves_async()))
    state = failing(return_state=True)
    print(describe(state), type(state.result(raise_on_failure=False)).__name__)
