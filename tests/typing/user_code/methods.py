"""Flows and tasks as methods: the instance is bound, as it is for any function of a class."""

import asyncio
from typing import assert_type

from headrace import flow, task


class Reports:
    """Flows and tasks as methods."""

    @flow
    def yearly(self, year: int) -> str:
        return str(year)

    @flow(name="Monthly")
    async def monthly(self, month: int) -> int:
        return month

    @task
    def page(self, number: int) -> bytes:
        return bytes(number)


def methods(reports: Reports) -> None:
    assert_type(reports.yearly(2026), str)
    assert_type(asyncio.run(reports.monthly(month=3)), int)
    assert_type(reports.page(1), bytes)


def mistaken(reports: Reports) -> None:
    reports.yearly("2026")  # error: reportArgumentType
