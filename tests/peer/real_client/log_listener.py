"""The peer's own subscriber to logs: prints the messages of as many lines as it is told to wait for."""

import asyncio
import json
import sys

from prefect.client.schemas.filters import LogFilter, LogFilterLevel
from prefect.logging.clients import get_logs_subscriber


async def main(count: int) -> None:
    heard = []
    async with get_logs_subscriber(filter=LogFilter(level=LogFilterLevel(ge_=20))) as subscriber:
        print("listening", flush=True)
        async for line in subscriber:
            heard.append([line.level, line.name, line.message])
            if len(heard) == count:
                break
    print(json.dumps(heard), flush=True)


asyncio.run(asyncio.wait_for(main(int(sys.argv[1])), 60))
