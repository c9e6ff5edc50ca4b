"""The stream: one durable, ordered journal a process, drained to the control plane. It knows no store and no run.

What a process reports is appended to memory-mapped segments in a folder of the home (`writer`, `segments`, `folder`),
read back (`reader`) and sent in batches (`draining`, `outflow`, `drainer`); `recovery` does the same for the dead.
"""

from headrace.journal.errors import DamagedJournal, StaleJournal, UnusableHome
from headrace.journal.journal import Journal, Key
from headrace.journal.listing import JournalInfo, JournalStatus, is_alive, list_journals
from headrace.journal.options import CloseReport, JournalOptions
from headrace.journal.recovery import DamageFound, Recovered, RecoveryReport, describe_death, recover, recover_journal

__all__ = [
    "CloseReport",
    "DamageFound",
    "DamagedJournal",
    "Journal",
    "JournalInfo",
    "JournalOptions",
    "JournalStatus",
    "Key",
    "Recovered",
    "RecoveryReport",
    "StaleJournal",
    "UnusableHome",
    "describe_death",
    "is_alive",
    "list_journals",
    "recover",
    "recover_journal",
]
