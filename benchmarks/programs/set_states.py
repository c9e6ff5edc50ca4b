"""One httpx client among several: sends what a file says once told to go, and tells how it went.

`set_states.py URL FILE`: a line of the file is a path and a body, a tab between. Runs on our interpreter, whichever
server it speaks to.
"""

import json
import sys
import time
from pathlib import Path

import httpx

if __name__ == "__main__":
    url, file = sys.argv[1:]
    requests = [line.split("\t") for line in Path(file).read_text().splitlines()]
    accepted = 0
    with httpx.Client(base_url=url, headers={"content-type": "application/json"}, timeout=60) as client:
        print("ready", flush=True)
        sys.stdin.readline()
        started = time.monotonic()
        for path, body in requests:
            accepted += '"ACCEPT"' in client.post(path, content=body).text
        ended = time.monotonic()
    print(json.dumps({"accepted": accepted, "sent": len(requests), "started": started, "ended": ended}))
