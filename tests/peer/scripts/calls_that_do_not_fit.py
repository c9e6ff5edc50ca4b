"""Calls that do not fit the function, names that are reserved, and tasks, whose arguments are not validated."""

from prefect import flow, task
from prefect.exceptions import ParameterBindError, ReservedArgumentError


@flow
def count(start: int, step: int = 1) -> int:
    return start + step


@task
def give_back(value: int):
    return value


@flow
def main() -> str:
    try:
        give_back()
    except ParameterBindError as error:
        print(str(error).splitlines()[0])
    return give_back("seven")


if __name__ == "__main__":
    for args, kwargs in (((), {}), ((1, 2, 3), {}), ((1,), {"stop": 2}), ((1,), {"start": 2})):
        try:
            count(*args, **kwargs)
        except ParameterBindError as error:
            print(str(error).splitlines()[0])
    for decorate in (flow, task):
        try:

            @decorate
            def waits(wait_for: int) -> None: ...

        except ReservedArgumentError as error:
            print(type(error).__name__)
    print(main())
