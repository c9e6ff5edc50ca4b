"""What a flow says of its parameters without being run."""

from datetime import date

from prefect import flow
from prefect.exceptions import ParameterTypeError, SignatureMismatchError
from pydantic import BaseModel, SecretStr


class Window(BaseModel):
    first: date
    days: int = 7


FISH = SecretStr("fish")


@flow
def load(window: Window, password: SecretStr = FISH, limit: int = 3, *, where: str = "here") -> None:
    """Load a window.

    Args:
        window: what to load
        limit: how much of it
            at most
    """


if __name__ == "__main__":
    print(load.parameters.model_dump())
    print(load.validate_parameters({"window": {"first": "2024-01-01"}, "limit": "4"}))
    for bad in ({"window": {"first": "soon"}}, {"windows": 1}, {}):
        try:
            load.validate_parameters(bad)
        except (ParameterTypeError, SignatureMismatchError) as error:
            print(type(error).__name__)
    print(load.serialize_parameters({"window": Window(first=date(2024, 1, 1)), "password": SecretStr("fish")}))
