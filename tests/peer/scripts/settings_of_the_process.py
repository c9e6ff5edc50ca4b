"""Settings of the whole process: debug mode, where pages are, reading them anew, and as variables for others."""

import os

from prefect.context import get_settings_context, refresh_global_settings_context, root_settings_context
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_DEBUG_MODE,
    PREFECT_LOGGING_LEVEL,
    PREFECT_TASKS_DEFAULT_RETRIES,
    PREFECT_UI_URL,
    get_current_settings,
    temporary_settings,
)


def without_prefix(variables: dict[str, str]) -> dict[str, str]:
    return {name.partition("_")[2]: value for name, value in variables.items()}


if __name__ == "__main__":
    for url in ("http://there:4200/api", "http://there/other", None):
        with temporary_settings({PREFECT_API_URL: url}) as settings:
            print(url, settings.ui_url, PREFECT_UI_URL.value())
    with temporary_settings({PREFECT_API_URL: "http://there:4200/api", PREFECT_UI_URL: "http://pages"}) as settings:
        print(settings.ui_url, settings.api.url)
    with temporary_settings({PREFECT_DEBUG_MODE: True, PREFECT_LOGGING_LEVEL: "WARNING"}) as settings:
        print(settings.debug_mode, settings.logging.level, PREFECT_LOGGING_LEVEL.value())
    print(get_current_settings().debug_mode, get_current_settings().logging.level)

    os.environ["PREFECT_TASKS_DEFAULT_RETRIES"] = "4"
    refresh_global_settings_context()
    print(get_current_settings().tasks.default_retries, get_settings_context().settings.tasks.default_retries)
    with temporary_settings({PREFECT_TASKS_DEFAULT_RETRIES: 7}) as settings:
        print(settings.tasks.default_retries, root_settings_context().settings.tasks.default_retries)
        variables = without_prefix(settings.to_environment_variables(exclude_unset=True))
        print(variables["TASKS_DEFAULT_RETRIES"], "LOGGING_LEVEL" in variables)
    print(without_prefix(get_current_settings().to_environment_variables())["LOGGING_LEVEL"])
