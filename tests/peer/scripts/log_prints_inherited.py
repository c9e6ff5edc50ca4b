"""Which runs log their prints where some say so, some deny it, and some say nothing; with copies and the setting."""

from prefect import flow, task
from prefect.context import get_run_context
from prefect.logging.loggers import patch_print, print_as_log
from prefect.settings import PREFECT_LOGGING_LOG_PRINTS, temporary_settings


@task
def follows(who: str) -> None:
    print(who, "follows", get_run_context().log_prints)


@task(log_prints=False)
def silent(who: str) -> None:
    print(who, "is silent")


@task(log_prints=True)
def loud(who: str) -> None:
    print(who, "is loud", get_run_context().log_prints)
    follows(f"task of loud task of {who}")
    print("loud to the end")


@flow
def child(who: str) -> None:
    print("child of", who, get_run_context().log_prints)
    follows(f"child of {who}")
    silent(f"child of {who}")
    loud(f"child of {who}")


@flow(log_prints=True)
def loud_parent() -> None:
    child("loud parent")
    child.with_options(log_prints=False)("loud parent, silent")


@flow
def plain_parent() -> None:
    child("plain parent")
    child.with_options(log_prints=True, name="loud child")("plain parent, loud")
    with patch_print():
        print("patched in a run that does not log its prints")
    print_as_log("nor is this kept")


@flow(log_prints=True)
def by_hand() -> None:
    print_as_log("kept")


def shown(runnable: object) -> list[object]:
    return [runnable.log_prints, runnable.with_options(log_prints=None).log_prints, runnable.with_options().log_prints]


if __name__ == "__main__":
    loud_parent()
    plain_parent()
    by_hand()
    with temporary_settings({PREFECT_LOGGING_LOG_PRINTS: True}):
        child("the setting")
        child.with_options(log_prints=False)("the setting, silent")
    child("nobody")
    with patch_print():
        print("outside")
    print(shown(child), shown(loud_parent), shown(follows), shown(silent), shown(loud))
