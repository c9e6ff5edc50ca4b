from prefect import flow, task


@task
def extract():
    raise ValueError("no such file")


@flow
def inner(data):
    return data


@flow
def pipeline():
    state = inner(extract(return_state=True), return_state=True)
    print(state.name, state.type.value, state.is_final())


if __name__ == "__main__":
    pipeline()
