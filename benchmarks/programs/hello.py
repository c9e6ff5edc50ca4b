"""The smallest flow that does something."""

from headrace import flow, task


@task
def greeting(name: str) -> str:
    return f"Hello {name}"


@flow
def hello(name: str = "world") -> str:
    return greeting(name)


if __name__ == "__main__":
    print(hello())
