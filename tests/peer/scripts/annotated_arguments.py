from prefect import allow_failure, flow, task, unmapped
from prefect.states import State
from prefect.utilities.annotations import BaseAnnotation, quote


@task
def extract():
    return 7


@task
def look(data):
    if isinstance(data, list):
        return [type(each).__name__ for each in data]
    return data


@flow
def pipeline():
    state = extract(return_state=True)
    print(look(quote([state, state])), look(quote(3)), look([quote(3), unmapped(4)]))
    print(look(unmapped(state)), look(allow_failure(state)), look(allow_failure(5)))


if __name__ == "__main__":
    pipeline()
    annotated = quote([1])
    print(annotated.unwrap(), annotated.unquote(), annotated.rewrap(2), annotated.value, isinstance(annotated, tuple))
    print(
        unmapped(1) == unmapped(1), unmapped(1) == quote(1), issubclass(allow_failure, BaseAnnotation), State.__name__
    )
