"""A file without flows."""

number = 1
