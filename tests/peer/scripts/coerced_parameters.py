"""Parameters of another type than their annotation, which pydantic turns into it."""

from prefect import flow


@flow
def shop(count: int, discount: float) -> str:
    return f"{count!r} {discount!r}"


if __name__ == "__main__":
    print(shop("3", discount="0.25"))
