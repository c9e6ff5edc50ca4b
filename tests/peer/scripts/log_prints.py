"""What a run with log_prints prints, in all the ways in which print can be called, in threads, and outside."""

import asyncio
import contextvars
import sys
import threading
from io import StringIO

from prefect import flow, task


def in_thread(work, *args) -> None:
    thread = threading.Thread(target=work, args=args)
    thread.start()
    thread.join()


@task
def count(rows: int) -> None:
    print(rows, "rows")


@flow(log_prints=True)
def pipeline() -> None:
    print("plainly")
    print()
    print("one", 2, None, sep="-")
    print("no end", end="")
    print("its own end", end="!\n\n")
    print("%s of %d", "{}", flush=True)
    print("  two\nlines  ")
    print("to stdout", file=sys.stdout)
    print("to stderr", file=sys.stderr)
    print("to a file", file=(own := StringIO()))
    sys.stdout.write(own.getvalue())
    for bad in ({"sep": 3}, {"nonsense": 3}):
        try:
            print("bad", **bad)
        except TypeError:
            sys.stdout.write(f"refused {bad}\n")
    count(3)
    in_thread(print, "in a thread of no run")
    in_thread(contextvars.copy_context().run, print, "in a thread of this run")


@flow(log_prints=True)
async def asynchronous() -> None:
    print("in a coroutine")
    await asyncio.to_thread(print, "beside the loop")
    await asyncio.gather(*(speak(n) for n in range(3)))


@task
async def speak(n: int) -> None:
    print("of many", n)
    await asyncio.sleep(0)
    print("again", n)


@flow
def plain() -> None:
    print("of no interest")
    count(0)


if __name__ == "__main__":
    print("before")
    pipeline()
    print("between")
    asyncio.run(asynchronous())
    plain()
    print("after")
