"""asyncio.gather with failures returned, task groups with failures raised, and a timeout of asyncio's own."""

import asyncio

from prefect import flow, task


@task
async def probe(port: int) -> int:
    await asyncio.sleep(0)
    if port % 2:
        raise ConnectionError(f"port {port} is closed")
    return port


@flow
async def scan() -> None:
    found = await asyncio.gather(*(probe(port) for port in range(4)), return_exceptions=True)
    print([result if isinstance(result, int) else str(result) for result in found])
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(probe(port)) for port in (10, 12)]
    print([each.result() for each in tasks])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(probe(21))
    except* ConnectionError as errors:
        print([str(error) for error in errors.exceptions])


if __name__ == "__main__":
    asyncio.run(scan())
