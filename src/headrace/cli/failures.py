"""What a command answers when it cannot do what it was asked: one sentence on standard error, and an exit code."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager

import click

from headrace.exceptions import Abort, HeadraceException

__all__ = ["Misunderstood", "OutOfTime", "translated"]


@contextmanager
def translated() -> Generator[None]:
    """Errors of Headrace, and of files, become click's: their sentence is shown, and the exit code is 1."""
    try:
        yield
    except (Abort, HeadraceException) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read our output went away, which click knows how to end with
            raise
        raise click.ClickException(
            f"{os.fspath(error.filename or 'The system')}: {error.strerror or error}. Check the file and its folder, "
            "or set HEADRACE_HOME to another one."
        ) from error


class Misunderstood(click.ClickException):
    """What was asked for does not exist or does not fit: a sentence says so, without click's lines on usage."""

    exit_code = 2


class OutOfTime(click.ClickException):
    """What was waited for did not come within the time that was given."""

    exit_code = 124  # as of timeout(1)
