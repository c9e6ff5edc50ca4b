"""Settings by their objects, changed for a while, nested, and by names that are not there."""

from prefect.settings import (
    PREFECT_LOGGING_LEVEL,
    PREFECT_TASK_DEFAULT_RETRIES,
    PREFECT_TASKS_DEFAULT_RETRIES,
    PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS,
    get_current_settings,
    temporary_settings,
)


def attempt(updates: dict) -> object:
    try:
        with temporary_settings(updates):
            return "taken"
    except Exception as error:
        # What a value that cannot be used raises is each engine's own.
        return "unknown" if type(error) is ValueError else "refused"


if __name__ == "__main__":
    print(PREFECT_TASKS_DEFAULT_RETRIES == PREFECT_TASK_DEFAULT_RETRIES, PREFECT_LOGGING_LEVEL.name)
    with temporary_settings({PREFECT_TASKS_DEFAULT_RETRIES: "3", "PREFECT_LOGGING_LEVEL": "DEBUG"}) as outer:
        print(outer.tasks.default_retries, outer.logging.level, PREFECT_TASK_DEFAULT_RETRIES.value())
        with temporary_settings(
            set_defaults={PREFECT_LOGGING_LEVEL: "ERROR", PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS: 4}
        ) as inner:
            print(inner.logging.level, inner.tasks.runner.thread_pool_max_workers, inner.tasks.default_retries)
        with temporary_settings(restore_defaults={PREFECT_LOGGING_LEVEL}):
            print(PREFECT_LOGGING_LEVEL.value(), PREFECT_TASKS_DEFAULT_RETRIES.value())
        print(get_current_settings().logging.level)
    print(PREFECT_LOGGING_LEVEL.value(), PREFECT_TASKS_DEFAULT_RETRIES.value(), bool(PREFECT_TASKS_DEFAULT_RETRIES))
    print(attempt({PREFECT_TASKS_DEFAULT_RETRIES: "many"}), attempt({"PREFECT_NOPE": 1}))
    print(attempt({PREFECT_LOGGING_LEVEL: "LOUD"}), attempt({PREFECT_LOGGING_LEVEL: "DEBUG"}))
