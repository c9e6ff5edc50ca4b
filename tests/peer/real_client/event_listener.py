"""The peer's own subscriber to events: prints the first so many of runs' states, which may end in any order."""

import asyncio
import json
import sys

from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter


async def main(count: int) -> None:
    heard = []
    states = EventFilter(
        event=EventNameFilter(
            prefix=["prefect.flow-run.", "prefect.task-run."], exclude_prefix=["prefect.flow-run.heartbeat"]
        )
    )
    async with get_events_subscriber(filter=states) as subscriber:
        print("listening", flush=True)
        async for event in subscriber:
            heard.append(event.model_dump(mode="json"))
            if len(heard) == count:
                break
    print(json.dumps(heard), flush=True)


asyncio.run(asyncio.wait_for(main(int(sys.argv[1])), 80))
