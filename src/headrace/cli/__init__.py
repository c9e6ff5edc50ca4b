"""The command line: each command parses, makes one call below, and renders.

    commands.py     the table of all commands, each loaded when it is called: `headrace --help` imports nothing else
    <noun>.py       the commands of one noun, thin
    control_plane   what dead processes left is recovered, then a client is opened
    running/        a flow of a file, its parameters, its run to the end
    reading/        what is asked of the API: filters, pages, one run by what a user types
    checks.py       what the doctor looks at
    rendering/      what is printed, as people and as programs read it

Only this package prints. It may import everything below; of the server it knows late references alone.
"""

from headrace.cli.commands import main

__all__ = ["main"]
