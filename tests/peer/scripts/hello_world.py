"""One flow, called twice: with its default and with an argument."""

from prefect import flow


@flow
def hello(name: str = "world") -> str:
    print(f"Hello {name}")
    return name


if __name__ == "__main__":
    print(hello())
    print(hello("there"))
