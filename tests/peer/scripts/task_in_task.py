"""Tasks that call tasks, three deep; the innermost fails in one of them."""

from prefect import flow, task


@task
def grind(beans: str) -> str:
    if beans == "stones":
        raise ValueError("these are stones")
    return f"ground {beans}"


@task
def brew(beans: str) -> str:
    return f"brewed {grind(beans)}"


@task
def serve_cup(beans: str) -> str:
    return f"a cup of {brew(beans)}"


@flow
def morning() -> list[str]:
    cups = [serve_cup("arabica")]
    try:
        serve_cup("stones")
    except ValueError as error:
        cups.append(f"no cup: {error}")
    return cups


if __name__ == "__main__":
    print(morning())
