"""`headrace version`."""

__all__ = ["version"]
import click


@click.command()
def version() -> None:
    """Show the versions of Headrace and of what it runs on."""
