"""Options that several commands have, each said once."""

import click

__all__ = ["limit_option", "output_option", "yes_option"]

output_option = click.option(
    "-o", "--output", "output", type=click.Choice(["json"]), help="Print JSON, with the field names of the REST API."
)
"""`--output json`; the parameter `output` is None for text."""

limit_option = click.option(
    "--limit", type=click.IntRange(min=1), default=15, show_default=True, help="At most so many."
)

yes_option = click.option("-y", "--yes", is_flag=True, help="Ask nothing; nothing is asked where there is no terminal.")
