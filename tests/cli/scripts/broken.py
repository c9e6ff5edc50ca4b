"""A file that raises while it is imported."""

raise LookupError("no such table")
