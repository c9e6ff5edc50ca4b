"""Tasks called by a script, outside of any flow: they run and return; a state can be asked for."""

import asyncio

from prefect import task


@task
def square(x: int) -> int:
    return x * x


@task
async def negate(x: int) -> int:
    return -x


@task
def nested(x: int) -> int:
    return square(x) + 1


if __name__ == "__main__":
    print(square(3), asyncio.run(negate(3)), nested(4))
    state = square(5, return_state=True)
    print(state.name, state.result())
