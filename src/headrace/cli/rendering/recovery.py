"""What a recovery did, in a line on standard error; nothing where there was nothing to do."""

from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.screen import tell, warn
from headrace.journal import RecoveryReport

__all__ = ["recovery_line", "tell_recovery"]


def tell_recovery(report: RecoveryReport) -> None:
    """Writes what was recovered, and what could not be."""
    line = recovery_line(report)
    if line is not None:
        tell(line, dim=True)
    for damage in report.damaged:
        warn(f"{damage.message}. It is kept as it is; headrace journal ls shows it.")
    if report.unavailable is not None:
        warn(f"What other processes reported could not be stored now, and is kept: {report.unavailable}")


def recovery_line(report: RecoveryReport) -> str | None:
    """What was recovered of which process; None where nothing was."""
    records = sum(each.records for each in report.recovered)
    crashed = sum(len(each.burial.flow_runs) for each in report.recovered if each.burial is not None)
    done = [f"{counted(records, 'record')} stored"] if records else []
    done += [f"{counted(crashed, 'flow run')} marked Crashed"] if crashed else []
    if not done:
        return None
    if len(report.recovered) == 1:
        identity = report.recovered[0].identity
        whose = f"process {identity.pid} on {identity.host}"
    else:
        whose = f"{len(report.recovered)} processes"
    return f"Recovered what {whose} left behind: {', '.join(done)}."
