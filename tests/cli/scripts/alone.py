"""One flow, async, beside one that is imported."""

import asyncio
from typing import Any

from pipeline import report

from headrace import flow

imported = report


@flow(name="all by itself")
async def alone(value: Any = None, text: str = "") -> None:
    await asyncio.sleep(0)
    print(f"{value!r} {text!r} {__name__}")
