"""Exceptions with causes, arguments and groups; raised in tasks, changed on their way out of subflows."""

from prefect import flow, task


class NoHarvest(Exception):
    def __init__(self, field: str, tons: float) -> None:
        super().__init__(f"{field}: {tons} t")
        self.field = field
        self.tons = tons


@task
def reap(field: str) -> float:
    try:
        return {"north": 1.5}[field]
    except KeyError as error:
        raise NoHarvest(field, 0.0) from error


@flow
def season(field: str) -> float:
    try:
        return reap(field)
    except NoHarvest as error:
        raise RuntimeError("the season is lost") from error


@flow
def year() -> None:
    print(season("north"))
    try:
        season("south")
    except RuntimeError as error:
        print(error, "<-", repr(error.__cause__), "<-", repr(error.__cause__.__cause__))
        print(error.__cause__.field, error.__cause__.tons)
    raise ExceptionGroup("a bad year", [ValueError("frost"), NoHarvest("west", 0.25)])


if __name__ == "__main__":
    try:
        year()
    except ExceptionGroup as group:
        print(group.message, [type(error).__name__ for error in group.exceptions])
