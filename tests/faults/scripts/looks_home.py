"""A flow that lists the journals of its home and recovers it, while its own journal is one of them."""

import witness

from headrace import flow, task
from headrace._kernel import late
from headrace.journal import list_journals, recover
from headrace.runtime import flow_run, task_run
from headrace.settings import get_current_settings


@task
def work() -> str | None:
    return task_run.id


@flow
def looks() -> str | None:
    witness.flow_began(flow_run.id)
    settings = get_current_settings()
    assert [journal.status for journal in list_journals(settings.home)] == ["alive"]
    sink = late.load("embedded_sink")(settings)
    assert recover(settings.home, sink).recovered == ()
    sink.close()
    assert [journal.status for journal in list_journals(settings.home)] == ["alive"]
    witness.task_ended(work(), flow_run.id)
    witness.made("looked")
    witness.await_file("go")
    witness.task_ended(work(), flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


if __name__ == "__main__":
    witness.flow_ended(looks(), "Completed")
