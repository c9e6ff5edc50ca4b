"""The same with a parameter that has to be validated."""

from headrace import flow, task


@task
def greeting(names: list[str]) -> str:
    return f"Hello {' and '.join(names)}"


@flow
def hello(names: list[str]) -> str:
    return greeting(names)


if __name__ == "__main__":
    print(hello(["world"]))
