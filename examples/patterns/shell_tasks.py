"""Commands of the shell as tasks: their output is in the log, and their exit code decides the state.

    python examples/patterns/shell_tasks.py

The commands are the shell's, with its pipes; what comes from elsewhere is quoted.
"""

import subprocess
from pathlib import Path
from shlex import quote

from headrace import flow, get_run_logger, task

CRIMEA = Path(__file__).parents[1] / "data" / "crimea.csv"


class CommandError(Exception):
    """A command that ended with another exit code than 0."""


@task(task_run_name="$ {command}")
def shell(command: str, cwd: Path) -> str:
    """Runs a command to its end, and gives what it printed."""
    done = subprocess.run(command, shell=True, cwd=cwd, capture_output=True, text=True, check=False)
    for line in done.stderr.splitlines():
        get_run_logger().warning(line)
    if done.returncode:
        raise CommandError(f"exit code {done.returncode}")
    return done.stdout.strip()


@flow
def worst_months(table: Path, count: int) -> list[str]:
    name = quote(table.name)
    print(shell(f"head -n 1 {name}", table.parent))
    rows = shell(f"sort -t , -k 2 -n -r {name} | head -n {count}", table.parent)
    state = shell("echo 'no such table' >&2; exit 3", table.parent, return_state=True)
    print(f"{state.name}: {state.result(raise_on_failure=False)}")
    return rows.splitlines()


if __name__ == "__main__":
    for row in worst_months(CRIMEA, 3):
        print(row)
