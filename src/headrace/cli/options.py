"""Options that several commands have, each said once."""

import click

__all__ = ["output_option"]

output_option = click.option(
    "-o", "--output", "output", type=click.Choice(["json"]), help="Print JSON, with the field names of the REST API."
)
"""`--output json`; the parameter `output` is None for text."""
