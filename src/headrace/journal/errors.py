"""What can be wrong with a journal, as the branch of the error tree that stands here.

HeadraceException
|-- DamagedJournal              a journal of which a part cannot be read; its files are kept as they are
|-- StaleJournal                a journal that takes no more records here: it was closed, or belongs to the parent
`-- ConfigurationError
    `-- UnusableHome            a home on which locks and mappings are not safe, or that cannot be written
"""

from headrace.exceptions import ConfigurationError, HeadraceException

__all__ = ["DamagedJournal", "StaleJournal", "UnusableHome"]


class DamagedJournal(HeadraceException):
    """A part of a journal cannot be read, and records follow it. Nothing was removed."""

    def __init__(self, message: str, *, path: str, offset: int = 0) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset


class StaleJournal(HeadraceException):
    """The journal takes no more records in this process: open another one."""


class UnusableHome(ConfigurationError):
    """The home's file system cannot carry a journal."""
