from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from prefect import flow, task
from pydantic import BaseModel


@dataclass
class Box:
    content: object


class Model(BaseModel):
    content: Any


@task
def extract(n):
    return n


@task
def load(data, other=None):
    return repr(data)


@flow
def inner(data):
    return repr(data)


@flow
def pipeline():
    state = extract(1000, return_state=True)
    for wrapped in (
        state,
        [state],
        (1, state),
        {state},
        {"a": [{"b": state}]},
        OrderedDict(a=state),
        Box([state]),
        Model(content=[state]),
    ):
        print(load(wrapped))
    print(load(1, other=[state]), inner(1))
    print(load(2, wait_for=[state]), load(3, wait_for=state))


if __name__ == "__main__":
    pipeline()
