"""Profiles as a collection: added, updated, made active, and refused."""

from prefect.settings import PREFECT_LOGGING_LEVEL, PREFECT_TASKS_DEFAULT_RETRIES, Profile, ProfilesCollection


def attempt(call, *args) -> object:
    try:
        return call(*args)
    except Exception as error:
        return type(error).__name__


if __name__ == "__main__":
    first = Profile(name="a", settings={PREFECT_LOGGING_LEVEL: "DEBUG", PREFECT_TASKS_DEFAULT_RETRIES: "2"})
    profiles = ProfilesCollection([first], active="a")
    print(sorted(profiles.names), profiles.active_name, profiles.active_profile.name, profiles["a"] is first)
    print(first.to_environment_variables(), first.validate_settings(), profiles.to_dict())
    print(attempt(profiles.add_profile, Profile(name="a", settings={})), attempt(profiles.set_active, "nope"))
    profiles.add_profile(Profile(name="b", settings={PREFECT_TASKS_DEFAULT_RETRIES: "many"}))
    print(attempt(profiles["b"].validate_settings), attempt(lambda: profiles["nope"]))
    profiles.update_profile("a", {PREFECT_LOGGING_LEVEL: None, PREFECT_TASKS_DEFAULT_RETRIES: "5"})
    print(profiles["a"].to_environment_variables(), list(profiles), [name for name, _ in profiles.items()])
    profiles.update_profile("c", {PREFECT_LOGGING_LEVEL: "INFO"})
    profiles.set_active("c")
    profiles.remove_profile("b")
    print(profiles.to_dict(), attempt(profiles.remove_profile, "b"))
