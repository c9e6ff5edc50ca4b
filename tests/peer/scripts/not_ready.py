from prefect import allow_failure, flow, task


@task
def extract():
    raise ValueError("no such file")


@task
def load(data=None):
    return repr(data)


@flow
def pipeline():
    failed = extract(return_state=True)
    for state in (
        load(failed, return_state=True),
        load({"a": [failed]}, return_state=True),
        load(wait_for=[failed], return_state=True),
        load(wait_for=[[failed]], return_state=True),
    ):
        print(state.name, state.type.value, state.is_final())
    downstream = load(failed, return_state=True)
    print(load(downstream, return_state=True).name)
    print(load(allow_failure(failed)), load(allow_failure([failed, 1])), load([allow_failure(failed)]))
    print(load(wait_for=[allow_failure(failed)]))
    return 1


if __name__ == "__main__":
    print(pipeline())
