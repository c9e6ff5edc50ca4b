"""Generators whose consumer has seen enough, or throws."""

from prefect import flow, task


@task
def each(count: int):
    try:
        yield from range(count)
    finally:
        print("closed")


@flow
def endless():
    while True:
        yield "more"


@flow
def hurt():
    yield 1


@flow
def look() -> int:
    for number in each(3):
        if number:
            break
    items = each(2)
    next(items)
    items.close()
    return 1


if __name__ == "__main__":
    print(look())
    for word in endless():
        print(word)
        break
    items = hurt()
    next(items)
    try:
        items.throw(KeyError("thrown"))
    except KeyError as error:
        print("caught", error)
