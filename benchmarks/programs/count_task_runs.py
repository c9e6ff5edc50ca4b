"""Prints how many task runs of the home are in which state."""

import json
from collections import Counter

from headrace.client.orchestration import get_client

PAGE = 200

if __name__ == "__main__":
    states: Counter[str] = Counter()
    with get_client(sync_client=True) as client:
        while page := client.read_task_runs(limit=PAGE, offset=states.total()):
            states.update(run.state_name or "" for run in page)
    print(json.dumps(states))
