"""What can be called can be a task: objects, partials, lambdas, methods of instances."""

import functools

from prefect import flow, task


class Adder:
    def __call__(self, a: int, b: int = 1) -> int:
        return a + b


class Table:
    def __init__(self) -> None:
        self.rows = [1, 2]

    async def count(self) -> int:
        return len(self.rows)

    counted = task(count)


def power(base: int, exponent: int) -> int:
    return base**exponent


add = task(Adder())
square = task(functools.partial(power, exponent=2))
negative = task(lambda x: -x, name="negative")


@flow
async def main() -> list[int]:
    return [add(1), add(1, b=2), square(3), negative(4), await Table().counted()]


if __name__ == "__main__":
    import asyncio

    print(asyncio.run(main()))
    for wrong in (3, "text"):
        try:
            task(wrong)
        except TypeError as error:
            print("refused", str(error)[:21])
