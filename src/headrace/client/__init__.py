"""The client of the control plane: one set of methods, two faces (sync, async), two doors (HTTP, in process)."""
