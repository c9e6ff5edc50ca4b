"""Hello, world: one task in one flow, and both are remembered.

    python examples/basics/hello_world.py

A task is a step; a flow is what calls the steps. Decorated functions are called like any others and return what they
return. That is all there is to set up: `headrace flow-run ls` shows the run afterwards.
"""

from headrace import flow, task


@task
def greet(name: str) -> str:
    return f"Hello, {name}!"


@flow
def hello(name: str = "world") -> str:
    return greet(name)


if __name__ == "__main__":
    print(hello())
    print(hello("Porto"))
