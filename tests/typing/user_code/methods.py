"""Flows and tasks as methods: the instance is bound, as it is for any function of a class."""

import asyncio
from typing import assert_type

from headrace import flow, task
from headrace.states import State


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

    @classmethod
    @flow
    def of_class(cls, year: int) -> str:
        return str(year)

    @flow
    @classmethod
    def of_class_too(cls, year: int) -> str:
        return str(year)

    @staticmethod
    @task
    def plain(number: int) -> bytes:
        return bytes(number)

    @task(name="Plain too")
    @staticmethod
    def plain_too(number: int) -> bytes:
        return bytes(number)

    @flow
    def all(self) -> str:
        assert_type(self.page(1), bytes)
        return self.yearly(2026)


def methods(reports: Reports) -> None:
    assert_type(reports.yearly(2026), str)
    assert_type(reports.yearly(2026, return_state=True), State[str])
    assert_type(asyncio.run(reports.monthly(month=3)), int)
    assert_type(reports.page(1), bytes)
    assert_type(reports.all(), str)
    assert_type(Reports.yearly(reports, 2026), str)


def of_the_class(reports: Reports) -> None:
    # A type checker takes a class method that is a flow for a method, and a static one for a function of the class.
    assert_type(reports.of_class(2026), str)
    assert_type(reports.of_class_too(2026, return_state=True), State[str])
    assert_type(Reports.plain(1), bytes)
    assert_type(Reports.plain_too(1), bytes)


def mistaken(reports: Reports) -> None:
    reports.yearly("2026")  # error: reportArgumentType
    Reports.yearly(2026)  # error: reportCallIssue
    reports.of_class_too("2026")  # error: reportArgumentType
    Reports.plain_too()  # error: reportCallIssue
