"""Prints, as JSON, what the home in HEADRACE_HOME holds, read through the public client."""

import json
import sys
from typing import Any

from headrace.client.orchestration import get_client

if __name__ == "__main__":
    PAGE = 200

    def pages(read: Any, **query: Any) -> list[dict[str, Any]]:
        """All rows of one of the client's reads."""
        rows: list[dict[str, Any]] = []
        while True:
            page = read(**query, limit=PAGE, offset=len(rows))
            rows += [row.model_dump(mode="json") for row in page]
            if len(page) < PAGE:
                return rows

    with get_client(sync_client=True) as client:
        json.dump(
            {
                "flows": pages(client.read_flows),
                "flow_runs": pages(client.read_flow_runs),
                "task_runs": pages(client.read_task_runs),
                "logs": pages(client.read_logs),
            },
            sys.stdout,
        )
