"""The databases: how each opens, locks, forks, steps and fails. Driver errors end here; no other module sees one."""
