"""A flow that fails in an asynchronous task ends the script with a traceback and exit code 1."""

import asyncio

from prefect import flow, task


@task
async def reach(host: str) -> None:
    raise ConnectionError(f"{host} does not answer")


@flow
async def crawl(hosts: list[str]) -> None:
    for host in hosts:
        await reach(host)


if __name__ == "__main__":
    asyncio.run(crawl(["example.org", "example.net"]))
