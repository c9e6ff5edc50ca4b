"""How commands end, for shells: 0 well, 1 not found or failed, 2 not understood, and what became of a flow run."""

from typing import Final

__all__ = ["INTERRUPTED", "OF_STATE_TYPES"]

OF_STATE_TYPES: Final = {"COMPLETED": 0, "FAILED": 1, "CRASHED": 3, "CANCELLED": 4}
"""State type of a run that ended -> exit code; 2 is click's, for a command that was not understood."""

INTERRUPTED: Final = 130
"""The exit code of what Ctrl-C ended, as shells have it."""
