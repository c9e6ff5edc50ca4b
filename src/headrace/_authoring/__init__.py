"""Authoring: what `@flow` and `@task` have in common. Declarations: nothing here does I/O."""
