"""Static and class methods, decorated in either order, called through classes and instances."""

from prefect import flow, task


class Account:
    @task
    @staticmethod
    def rounded(amount: float) -> int:
        return round(amount)

    @flow
    @staticmethod
    def opened(start: int) -> str:
        return f"with {start}"

    @task
    @classmethod
    def named(cls, name: str) -> str:
        return f"{cls.__name__} {name}"

    @task
    def shown(self, name: str) -> str:
        return f"{type(self).__name__} {name}"


class Savings(Account):
    pass


@flow
def bank() -> None:
    print(Account.rounded(2.6), Account.opened(1), Account.named("a"))
    print(Savings.named("b"), Savings().named("c"), Account().shown("d"), Savings().shown("e"))
    print(Account().rounded(2.6), Account().opened(2))


if __name__ == "__main__":
    bank()
