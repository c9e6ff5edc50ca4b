"""`headrace run`: runs a flow of a file in this process, and ends as the run ended."""

import sys
from typing import Any, Final

import click

from headrace._engine.flow_run import flow_run
from headrace._engine.session import hello
from headrace._engine.task_run import Ended
from headrace._kernel import drive
from headrace._kernel.ids import id_text
from headrace.cli.entrypoints import FileFailed, chosen_flow, import_file, split_entrypoint
from headrace.cli.failures import Misunderstood
from headrace.cli.parameters import misfit, parsed
from headrace.cli.rendering.tracebacks import user_traceback
from headrace.flows import Flow

__all__ = ["EXIT_CODES", "run"]

EXIT_CODES: Final = {"COMPLETED": 0, "FAILED": 1, "CRASHED": 3, "CANCELLED": 4}
"""State type -> exit code; 2 is click's, for a command that was not understood."""
_INTERRUPTED: Final = 130


@click.command()
@click.argument("entrypoint", metavar="FILE[:FLOW]")
@click.option("-p", "--param", "assignments", metavar="NAME=VALUE", multiple=True, help="A parameter: JSON, else text.")
def run(entrypoint: str, assignments: tuple[str, ...]) -> None:
    """Run a flow of a file.

    FILE is imported as a module, so what stands below `if __name__ == "__main__"` does not run. FLOW may be left out
    where the file has one flow.

    The exit code is 0 where the run is Completed, 1 where it is Failed, 3 where it Crashed (130 by Ctrl-C, 143 by
    SIGTERM, or the program's own), 4 where it was Cancelled.
    """
    path, name = split_entrypoint(entrypoint)
    try:
        flow = chosen_flow(import_file(path), name, str(path))
    except FileFailed as failed:
        click.echo(user_traceback(failed.__cause__), nl=False, err=True)
        raise click.ClickException(f"{path} could not be imported: the traceback above says why.") from None
    parameters = parsed(assignments, flow.binder.signature)
    refusal = misfit(flow.name, flow.binder.signature, parameters)
    if refusal is not None:
        raise Misunderstood(refusal)
    ended = _run(flow, parameters)
    _tell(ended)
    sys.exit(_exit_code(ended))


def _run(flow: Flow[..., Any], parameters: dict[str, Any]) -> Ended:
    """Runs the flow as its call does, but hands over how it ended instead of raising."""
    if not flow.isasync:
        return drive.run(flow_run(flow, (), parameters))
    import asyncio  # 45 ms, which sync flows need not pay.

    return asyncio.run(drive.run_async(flow_run(flow, (), parameters)))


def _tell(ended: Ended) -> None:
    session = hello()
    session.logs.console.flush()
    if isinstance(ended.error, Exception):
        click.echo(user_traceback(ended.error), nl=False, err=True)
    elif isinstance(ended.error, SystemExit) and isinstance(ended.error.code, str):
        click.echo(ended.error.code, err=True)
    if session.journal is not None:
        click.secho(f"Show this run: headrace flow-run inspect {id_text(ended.run_id)}", dim=True, err=True)


def _exit_code(ended: Ended) -> int:
    code = EXIT_CODES.get(ended.state.type, 1)
    if isinstance(ended.error, KeyboardInterrupt):
        return _INTERRUPTED
    if (
        isinstance(ended.error, SystemExit)
        and isinstance(ended.error.code, int)
        and ended.error.code > max(EXIT_CODES.values())
    ):
        return ended.error.code
    return code
