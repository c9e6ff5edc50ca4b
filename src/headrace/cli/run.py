"""`headrace run`: runs a flow of a file or module in this process, and ends as the run ended."""

import logging
import sys
from traceback import format_exception_only
from typing import Any

import click

from headrace._engine.session import hello
from headrace._kernel.ids import id_text
from headrace.cli.exit_codes import INTERRUPTED
from headrace.cli.failures import Misunderstood
from headrace.cli.rendering.endings import ending, shown_value
from headrace.cli.rendering.screen import tell
from headrace.cli.rendering.tracebacks import user_traceback
from headrace.cli.running.entrypoints import ImportFailed, chosen_flow, imported, parse_entrypoint
from headrace.cli.running.finish import Finish, run_to_end
from headrace.cli.running.parameters import misfit, parsed
from headrace.exceptions import CancelledRun
from headrace.flows import Flow

__all__ = ["run"]

_PARAM_HELP = "A parameter of the flow, its value JSON or else text; repeatable."


@click.command()
@click.argument("entrypoint", metavar="FILE[:FLOW]|MODULE[:FLOW]")
@click.option("-p", "--param", "assignments", metavar="NAME=VALUE", multiple=True, help=_PARAM_HELP)
@click.option("--params", "params", metavar="JSON", help="All parameters as one object: '{\"name\": value}'.")
def run(entrypoint: str, assignments: tuple[str, ...], params: str | None) -> None:
    """Run a flow of a file or of a module.

    FILE is imported as a module, so what stands below `if __name__ == "__main__"` does not run. MODULE is a dotted
    name, found from this folder as python -m finds it; MODULE.FLOW will do, too. FLOW may be left out where there is
    one flow.

    The exit code is 0 where the run is Completed, 1 where it is Failed, 3 where it Crashed (130 by Ctrl-C, 143 by
    SIGTERM, or the program's own), 4 where it was Cancelled.
    """
    flow = _flow_of(entrypoint)
    parameters = parsed(assignments, params, flow.binder.signature)
    refusal = misfit(flow.name, flow.binder.signature, parameters)
    if refusal is not None:
        raise Misunderstood(refusal)
    try:
        finish = run_to_end(flow, parameters)
        _tell(finish)
    except KeyboardInterrupt:  # once more, while the run was being concluded
        sys.exit(INTERRUPTED)
    sys.exit(finish.exit_code)


def _flow_of(text: str) -> Flow[..., Any]:
    try:
        entrypoint = parse_entrypoint(text)
        return chosen_flow(imported(entrypoint), entrypoint)
    except ImportFailed as failed:
        error = failed.__cause__
        click.echo(user_traceback(error), nl=False, err=True)
        said = "".join(format_exception_only(error)).strip().splitlines()[-1]
        raise click.ClickException(f"{failed} could not be imported: {said}") from None


def _tell(finish: Finish) -> None:
    """Shows what came of the run, but for what its log has shown: why it ended so, and its traceback."""
    session = hello()
    session.logs.console.flush()
    log_is_shown = session.logs.is_plain(logging.getLogger("headrace.flow_runs"), logging.ERROR)
    error = finish.interruption
    if isinstance(error, CancelledRun) and finish.ended.state.type == "CANCELLED":
        tell(str(error))
    elif isinstance(error, Exception) and not (log_is_shown and finish.is_in_log):
        click.echo(user_traceback(error), nl=False, err=True)
    elif isinstance(error, SystemExit) and isinstance(error.code, str):
        tell(error.code)
    if finish.ended.value is not None:
        tell(f"Returned {shown_value(finish.ended.value)}")
    said = ending(finish.ended.state, says_why=not log_is_shown)
    is_kept = session.recording is not None
    tell(f"{said} Show it: headrace flow-run inspect {id_text(finish.ended.run_id)}" if is_kept else said, dim=True)
