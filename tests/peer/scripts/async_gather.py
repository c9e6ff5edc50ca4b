"""An asynchronous flow: tasks awaited one by one, and gathered; a synchronous task among them."""

import asyncio

from prefect import flow, task


@task
async def fetch(page: int) -> list[int]:
    await asyncio.sleep(0)
    return [page, page * page]


@task
def total(pages: list[list[int]]) -> dict[str, int]:
    return {"total": sum(sum(page) for page in pages)}


@flow
async def crawl(count: int) -> int:
    first = await fetch(0)
    rest = await asyncio.gather(*(fetch(page) for page in range(1, count)))
    return total([first, *rest])["total"]


if __name__ == "__main__":
    print(asyncio.run(crawl(5)))
