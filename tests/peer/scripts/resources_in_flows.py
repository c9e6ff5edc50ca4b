"""Context managers, finally and generators of the user's own around tasks, one of which fails."""

from contextlib import ExitStack, contextmanager

from prefect import flow, task


@contextmanager
def connected(name: str):
    print(f"open {name}")
    try:
        yield name.upper()
    finally:
        print(f"close {name}")


@task
def query(connection: str, statement: str) -> list[str]:
    if "drop" in statement:
        raise PermissionError(statement)
    return [connection, statement]


@flow
def report() -> list[str]:
    with ExitStack() as stack:
        first = stack.enter_context(connected("first"))
        second = stack.enter_context(connected("second"))
        rows = query(first, "select")
        try:
            query(second, "drop")
        finally:
            print("after the query")
    return rows


if __name__ == "__main__":
    try:
        report()
    except PermissionError as error:
        print(f"refused: {error}")
