"""Flows and tasks as methods: the receiver is bound, as it is for any function of a class."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any, assert_type

from headrace import flow, task
from headrace.states import State


class Reports:
    @flow
    def yearly(self, year: int) -> str:
        return str(year)

    @flow(name="Monthly")
    async def monthly(self, month: int) -> int:
        return month

    @task
    def page(self, number: int) -> bytes:
        return bytes(number)

    @task(retries=1)
    def pages(self, *numbers: int) -> Iterator[bytes]:
        yield from map(self.page, numbers)

    @flow
    async def lines(self) -> AsyncIterator[str]:
        yield str(await self.monthly(1))

    @flow
    def itself(self) -> "Reports":
        return self

    @flow
    def all(self) -> str:
        assert_type(self.page(1), bytes)
        assert_type(self.of_class(2026), str)
        assert_type(self.plain(1), bytes)
        return self.yearly(2026)

    @classmethod
    @flow
    def of_class(cls, year: int) -> str:
        assert_type(cls.plain_too(1), bytes)
        return cls().yearly(year)

    @flow(name="Of the class")
    @classmethod
    async def of_class_too(cls, year: int) -> str:
        return str(year)

    @staticmethod
    @task
    def plain(number: int) -> bytes:
        return bytes(number)

    @task(name="Plain too")
    @staticmethod
    def plain_too(number: int, *, short: bool = False) -> bytes:
        return bytes(number) if short else b""

    @staticmethod
    @flow
    def without_parameters() -> str:
        return ""

    @staticmethod
    @task
    def of_anything(value: Any, number: int) -> bytes:
        return bytes(number)


class Quarterly(Reports):
    @task
    def page(self, number: int) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride] - see `overridden`
        return super().page(number)


def of_an_instance(reports: Reports, quarterly: Quarterly) -> None:
    assert_type(reports.yearly(2026), str)
    assert_type(reports.yearly(2026, return_state=True), State[str])
    assert_type(reports.yearly.with_options(name="Yearly")(2026), str)
    assert_type(asyncio.run(reports.monthly(month=3)), int)
    assert_type(reports.page(1), bytes)
    assert_type(list(reports.pages(1, 2)), list[bytes])
    assert_type(reports.lines(), AsyncIterator[str])
    assert_type(reports.itself(), Reports)
    assert_type(reports.all(), str)
    assert_type(quarterly.yearly(2026), str)
    assert_type(quarterly.page(1), bytes)


def of_a_method_through_the_class(reports: Reports) -> None:
    assert_type(Reports.yearly(reports, 2026), str)
    assert_type(Reports.page(reports, number=1), bytes)


def of_the_class(reports: Reports) -> None:
    assert_type(Reports.of_class(2026), str)
    assert_type(reports.of_class(2026), str)
    assert_type(Quarterly.of_class(2026, return_state=True), State[str])
    assert_type(asyncio.run(Reports.of_class_too(2026)), str)
    assert_type(asyncio.run(reports.of_class_too(2026, return_state=True)), State[str])


def static(reports: Reports) -> None:
    assert_type(Reports.plain(1), bytes)
    assert_type(reports.plain(1), bytes)
    assert_type(Reports.plain_too(1, short=True), bytes)
    assert_type(reports.plain_too(1, return_state=True), State[bytes])
    assert_type(Reports.without_parameters(), str)
    assert_type(reports.without_parameters(), str)


def static_of_anything(reports: Reports) -> None:
    """The one static method that a checker takes for a method: its first parameter might be the instance.

    A descriptor's type sees the function's parameters, and not whether it is static. An annotation of that parameter,
    other than Any, object or the class itself, tells them apart.
    """
    Reports.of_anything("a", 1)  # pyright: ignore[reportCallIssue]
    reports.of_anything("a", 1)  # pyright: ignore[reportCallIssue]


def overridden(reports: Reports) -> None:
    """A task that overrides a task: a class over a ParamSpec is invariant in it, and each has a `self` of its own."""
    assert_type(reports.page(1), bytes)


def mistaken(reports: Reports) -> None:
    reports.yearly("2026")  # pyright: ignore[reportArgumentType]
    Reports.yearly(2026)  # pyright: ignore[reportCallIssue]
    asyncio.run(reports.of_class_too("2026"))  # pyright: ignore[reportArgumentType]
    Reports.of_class()  # pyright: ignore[reportCallIssue]
    Reports.plain_too()  # pyright: ignore[reportCallIssue]
    reports.plain(1, 2)  # pyright: ignore[reportCallIssue]
