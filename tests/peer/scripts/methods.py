"""Flows and tasks as methods, class methods and static methods; the instance comes from a task."""

from prefect import flow, task


class Account:
    def __init__(self, start: int) -> None:
        self.balance = start

    @task
    def pay_in(self, amount: int) -> list[int]:
        self.balance += amount
        return [self.balance]

    @flow
    def settle(self, amount: int, *more: int) -> int:
        for each in (amount, *more):
            self.pay_in(each)
        return self.balance

    @classmethod
    @flow
    def opened(cls, start: int) -> str:
        return f"{cls.__name__} of {cls(start).balance}"

    @staticmethod
    @task
    def rounded(amount: float) -> int:
        return round(amount)


class Savings(Account):
    pass


@task
def open_account(start: int) -> Account:
    return Savings(start)


@flow
def bank() -> None:
    account = open_account(10)
    print(account.pay_in(5))
    print(account.settle(1, 2, 3))
    print(account.rounded(2.6))


if __name__ == "__main__":
    bank()
    print(Savings.opened(start=7), Account.opened(8))
