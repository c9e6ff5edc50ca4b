"""The peer's own subscriber to events: prints those of runs' states until a flow run of this name has completed."""

import asyncio
import json
import sys

from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter

ENDED = "prefect.flow-run.Completed"


async def main(last: str) -> None:
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
            if event.event == ENDED and event.resource.name == last:
                break
    print(json.dumps(heard), flush=True)


asyncio.run(asyncio.wait_for(main(sys.argv[1]), 80))
