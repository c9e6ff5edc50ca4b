"""Parameters: models and dates made from what JSON has, defaults filled in, bad ones refused."""

from datetime import date

from prefect import flow, task
from prefect.exceptions import ParameterTypeError
from pydantic import BaseModel


class Order(BaseModel):
    """What is ordered."""

    item: str
    count: int = 1


@task
def price(order: Order) -> int:
    return order.count * 10


@flow
def shop(order: Order, day: date, discount: float = 0.5, tags: list[str] | None = None) -> str:
    return f"{type(order).__name__} {order.item} x {order.count}, {day:%d.%m.%Y}, {price(order) * discount}, {tags}"


@flow
def untyped(a, b=2, *rest, **named):
    return f"{a!r} {b!r} {rest!r} {named!r}"


@flow(validate_parameters=False)
def unchecked(count: int) -> str:
    return repr(count)


if __name__ == "__main__":
    print(shop({"item": "pear", "count": 3}, "2026-02-01", tags=["ripe"]))
    print(shop(Order(item="plum"), date(2026, 3, 1), discount=0.25))
    print(untyped(1, 2, 3, four=4))
    print(unchecked("many"))
    try:
        shop({"item": "fig", "count": "several"}, "2026-02-01")
    except ParameterTypeError as error:
        print(f"refused: {type(error).__name__}")
    try:
        shop()
    except TypeError as error:
        print(f"refused: {type(error).__name__}")
