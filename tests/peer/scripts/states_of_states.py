from prefect import flow, task
from prefect.states import Cancelled, Completed, Crashed, Failed


@task
def extract():
    return 7


@task
def refuse():
    raise ValueError("no such file")


def returning(name, make):
    @flow(name=name)
    def whole():
        return make()

    state = whole(return_state=True)
    print(name, "|", state)
    try:
        value = state.result()
    except Exception as error:
        value = state.result(raise_on_failure=False)
        print("   raises", type(error).__name__)
    print("  ", type(value).__name__, len(value) if isinstance(value, (list, tuple, set, dict)) else "")


if __name__ == "__main__":
    returning("all completed", lambda: [Completed(data=1), Completed(data=2)])
    returning("one failed", lambda: (Completed(data=1), Failed(message="few rows")))
    returning("one crashed", lambda: [Crashed(message="gone"), Completed(data=1)])
    returning("one cancelled", lambda: [Cancelled(message="stop"), Failed(message="few rows")])
    returning("a set", lambda: {Completed(data=1)})
    returning("a dict", lambda: {"a": Failed(message="few rows")})
    returning("states and values", lambda: [Failed(message="few rows"), 3])
    returning("states inside", lambda: [[Failed(message="few rows")]])
    returning("nothing", list)
    returning("of a task", lambda: extract(return_state=True))
    returning("of a failed task", lambda: refuse(return_state=True))
    returning("of tasks", lambda: [extract(return_state=True), refuse(return_state=True)])
