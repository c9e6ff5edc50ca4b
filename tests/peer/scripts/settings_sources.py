"""Which source of settings is the stronger: environment, .env, files of TOML, profile."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ASK = """
from prefect.settings import PREFECT_LOGGING_LEVEL, PREFECT_TASKS_DEFAULT_RETRIES, load_current_profile
print(PREFECT_LOGGING_LEVEL.value(), PREFECT_TASKS_DEFAULT_RETRIES.value(), load_current_profile().name)
"""


def ask(folder: Path, **variables: str) -> str:
    environment = {**os.environ, "PREFECT_PROFILES_PATH": f"{folder}/profiles.toml", **variables}
    environment["HEADRACE_PROFILES_PATH"] = environment["PREFECT_PROFILES_PATH"]
    command = [sys.executable, "-c", ASK]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        print("default:", ask(folder))
        (folder / "profiles.toml").write_text(
            'active = "a"\n[profiles.a]\nPREFECT_LOGGING_LEVEL = "DEBUG"\nPREFECT_TASKS_DEFAULT_RETRIES = "7"\n'
            '[profiles.b]\nPREFECT_LOGGING_LEVEL = "CRITICAL"\n'
        )
        print("profile:", ask(folder))
        print("another profile:", ask(folder, PREFECT_PROFILE="b"))
        (folder / "pyproject.toml").write_text('[tool.prefect.logging]\nlevel = "WARNING"\n')
        print("file of the project:", ask(folder))
        (folder / "prefect.toml").write_text('[logging]\nlevel = "ERROR"\n[tasks]\ndefault_retries = 2\n')
        print("file of its own:", ask(folder))
        (folder / ".env").write_text("PREFECT_LOGGING_LEVEL=INFO\n")
        print(".env:", ask(folder))
        print("environment:", ask(folder, PREFECT_LOGGING_LEVEL="debug".upper(), PREFECT_TASK_DEFAULT_RETRIES="1"))
