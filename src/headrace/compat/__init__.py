"""Code written for Prefect runs on Headrace, unchanged: `import prefect` gives Headrace.

Four ways to ask for it; nothing of it is loaded otherwise.

    python -m headrace.compat script.py ARGS...     one script (or `-m MODULE ARGS...`)
    pytest --headrace-compat                        one test session (or `headrace_compat = true` in its ini file)
    headrace.compat.install()                       one process
    headrace compat enable                          every process of an environment

    _finder        the alias: one module object under both names
    _answers       what such a module answers where Prefect has a name that is spelled otherwise here, or is absent
    _reference     which public names Prefect has
    _environment   the file in an environment's site-packages
    __main__       one script
    pytest_plugin  one test session

Whoever says `headrace` gets what is said here and nothing else; `prefect` is never a second copy of it.
"""

from headrace.compat._finder import install

__all__ = ["install"]
