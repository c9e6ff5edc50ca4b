"""What flows and tasks say of themselves: names, descriptions, versions, tags, whether they are asynchronous."""

from prefect import Flow, Task, flow, task


@task(tags=["b", "a"], version="2")
def documented(x: int) -> int:
    """Gives it back."""
    return x


@task
async def plain() -> None: ...


@flow(version="7", description="told by hand")
def described(x: int = 1) -> int:
    """Not this."""
    return documented(x)


@flow
async def asynchronous() -> None:
    """Told by the docstring.

    Of several lines:
        indented as code is, told as text.
    """


if __name__ == "__main__":
    for each in (documented, plain):
        print(isinstance(each, Task), each.name, each.description, each.version, sorted(each.tags), each.isasync)
    for each in (described, asynchronous):
        print(isinstance(each, Flow), each.name, each.description, each.isasync, each.should_validate_parameters)
    print(
        described.version,
        described(),
        documented.__doc__ == documented.fn.__doc__,
        described.__wrapped__ is described.fn,
    )
