"""Asynchronous subflows side by side; one fails, its neighbours end well."""

import asyncio

from prefect import flow, task


@task
async def load(table: str) -> str:
    if table == "broken":
        raise LookupError(f"no table {table}")
    return table.upper()


@flow
async def copy_table(table: str) -> str:
    return await load(table)


@flow
async def copy_all(tables: list[str]) -> list[str]:
    results = await asyncio.gather(*(copy_table(table) for table in tables), return_exceptions=True)
    return [result if isinstance(result, str) else f"{type(result).__name__}: {result}" for result in results]


if __name__ == "__main__":
    print(asyncio.run(copy_all(["a", "broken", "c"])))
