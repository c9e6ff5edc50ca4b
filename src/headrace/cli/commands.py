"""The table of commands: names, import strings and summaries. What a command needs is imported when it is called."""

import os
from importlib import import_module
from typing import Any

import click

from headrace import __version__
from headrace.cli.failures import translated

__all__ = ["ALIASES", "COMMANDS", "GROUPS", "main", "root"]

GROUPS: dict[str, str] = {
    "compat": "Let code that was written for Prefect run on Headrace.",
    "flow": "See which flows have run.",
    "flow-run": "See what flow runs did and do, and cancel them.",
    "task-run": "See what task runs did.",
    "config": "See and change settings.",
    "journal": "See what processes have reported and is not stored yet.",
    "profile": "Keep sets of settings by name.",
    "server": "Run a server.",
    "server database": "Upgrade and empty the database of a server.",
    "store": "Keep the database of this home in good order.",
}
"""Group -> summary; a group of a group stands behind it."""

ALIASES: dict[str, str] = {
    "flows": "flow",
    "flow-runs": "flow-run",
    "journals": "journal",
    "profiles": "profile",
    "task-runs": "task-run",
}
"""Other names that a group answers to."""

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("run", "headrace.cli.run:run", "Run a flow of a file or of a module."),
    ("flow ls", "headrace.cli.flows:ls", "List flows, the newest first, each with its newest run."),
    ("flow inspect", "headrace.cli.flows:inspect", "Show one flow: how its runs ended, and the newest of them."),
    ("flow-run ls", "headrace.cli.flow_runs:ls", "List flow runs, the newest first."),
    ("flow-run inspect", "headrace.cli.flow_runs:inspect", "Show one flow run: its states, parameters and task runs."),
    ("flow-run logs", "headrace.cli.flow_runs:logs", "Show the log of one flow run, of its task runs too."),
    (
        "flow-run watch",
        "headrace.cli.flow_runs:watch",
        "Wait for the end of a flow run, and show its states.",
    ),
    (
        "flow-run cancel",
        "headrace.cli.flow_runs:cancel",
        "Cancel a flow run: at once where it has not begun, else by its process.",
    ),
    (
        "flow-run delete",
        "headrace.cli.flow_runs:delete",
        "Delete flow runs, with their task runs and logs.",
    ),
    ("task-run ls", "headrace.cli.task_runs:ls", "List task runs, the newest first."),
    (
        "task-run inspect",
        "headrace.cli.task_runs:inspect",
        "Show one task run: its flow run, states and inputs.",
    ),
    ("task-run logs", "headrace.cli.task_runs:logs", "Show the log of one task run."),
    ("journal ls", "headrace.cli.journals:ls", "List the journals of this home."),
    (
        "journal drain",
        "headrace.cli.journals:drain",
        "Store what processes that are gone have left.",
    ),
    (
        "store backup",
        "headrace.cli.stores:backup",
        "Copy the database into a new file, while others write.",
    ),
    (
        "store check",
        "headrace.cli.stores:check",
        "Check all pages and rows of the database.",
    ),
    (
        "store prune",
        "headrace.cli.stores:prune",
        "Delete old log lines of runs that have ended.",
    ),
    (
        "store vacuum",
        "headrace.cli.stores:vacuum",
        "Give back the room that deleted rows left in the file.",
    ),
    (
        "store reset",
        "headrace.cli.stores:reset",
        "Delete all flows, runs and logs of this home.",
    ),
    ("profile ls", "headrace.cli.profiles:ls", "List the profiles; a star marks the one in use."),
    ("profile create", "headrace.cli.profiles:create", "Create a profile."),
    ("profile use", "headrace.cli.profiles:use", "Make a profile the one in use."),
    (
        "profile inspect",
        "headrace.cli.profiles:inspect",
        "Show the settings of a profile, of the one in use by default.",
    ),
    ("profile rename", "headrace.cli.profiles:rename", "Rename a profile."),
    (
        "profile populate-defaults",
        "headrace.cli.profiles:populate_defaults",
        "Write the profiles that come with Headrace into the file, to be changed there.",
    ),
    ("profile delete", "headrace.cli.profiles:delete", "Delete a profile that is not in use."),
    ("config view", "headrace.cli.config:view", "Show the settings in force."),
    ("config set", "headrace.cli.config:set_", "Set settings in the profile in use."),
    ("config unset", "headrace.cli.config:unset", "Remove settings from the profile in use."),
    (
        "config validate",
        "headrace.cli.config:validate",
        "Check the settings in force, and those of the profile in use.",
    ),
    ("server start", "headrace.cli.server:start", "Start a server, and run it until Ctrl-C."),
    ("server stop", "headrace.cli.server:stop", "Stop the server of this home, and wait for its end."),
    (
        "server status",
        "headrace.cli.server:status",
        "Say whether a server runs: that of HEADRACE_API_URL, else that of this home.",
    ),
    (
        "server database upgrade",
        "headrace.cli.databases:upgrade",
        "Bring the database to the schema of this Headrace.",
    ),
    (
        "server database downgrade",
        "headrace.cli.databases:downgrade",
        "Say whether an earlier Headrace can use the database, which is left as it is.",
    ),
    (
        "server database reset",
        "headrace.cli.databases:reset",
        "Delete all that the database holds, and begin anew.",
    ),
    (
        "server database stamp",
        "headrace.cli.databases:stamp",
        "Say that the database has a schema, without making it so.",
    ),
    ("compat enable", "headrace.cli.compat:enable", "Let programs of this environment find Headrace as prefect."),
    ("compat disable", "headrace.cli.compat:disable", "Undo what headrace compat enable did."),
    ("compat status", "headrace.cli.compat:status", "Say whether programs here find Headrace as prefect, and why."),
    ("doctor", "headrace.cli.doctor:doctor", "Check home, store, journals and settings."),
    ("completion", "headrace.cli.completion:completion", "Print a script that lets a shell complete commands."),
    ("version", "headrace.cli.version:version", "Show the versions of Headrace and of what it runs on."),
)
"""Words, import string, summary (which is the first line of the command's help)."""


class DeferredCommand(click.Command):
    """A command of which only name and summary are known until it is called."""

    def __init__(self, name: str, reference: str, summary: str) -> None:
        super().__init__(name, help=summary, short_help=summary)
        self.reference = reference

    def load(self) -> click.Command:
        """The command itself."""
        module, _, attribute = self.reference.partition(":")
        return getattr(import_module(module), attribute)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """A context of the command itself, which click then invokes."""
        return self.load().make_context(info_name, args, parent, **extra)


class RootGroup(click.Group):
    """All commands. What Headrace raises is told as one sentence, here and nowhere else."""

    def invoke(self, ctx: click.Context) -> Any:
        """Calls the command with the profile that was named, its errors translated."""
        if ctx.params["profile"] is not None:
            os.environ["HEADRACE_PROFILE"] = ctx.params["profile"]  # where processes that it starts look, too
        with translated():
            return super().invoke(ctx)


def _assembled() -> click.Group:
    top = RootGroup(
        "headrace",
        help="Headrace orchestrates data pipelines written in Python.",
        epilog="headrace COMMAND --help says more of each; headrace completion lets your shell complete them.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    click.option("--profile", metavar="NAME", help="Use this profile for this command.")(top)
    click.option("--prompt/--no-prompt", default=None, help="Ask, or do not; by default, on a terminal alone.")(top)
    click.version_option(__version__, "-v", "--version", message="%(version)s")(top)
    groups = {words: click.Group(words.rpartition(" ")[2], help=summary) for words, summary in GROUPS.items()}
    for words, reference, summary in COMMANDS:
        group, _, name = words.rpartition(" ")
        (groups[group] if group else top).add_command(DeferredCommand(name, reference, summary))
    for words, group in groups.items():
        outer, _, name = words.rpartition(" ")
        (groups[outer] if outer else top).add_command(group, name)
    for alias, name in ALIASES.items():
        # The same commands, without a line of its own in the help.
        top.add_command(click.Group(alias, help=GROUPS[name], commands=groups[name].commands, hidden=True), alias)
    return top


root = _assembled()


def main() -> None:
    """The entry point of the `headrace` command."""
    root.main(prog_name="headrace")
