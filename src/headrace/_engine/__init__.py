"""The engine: carries flow and task runs out, and reports what happened to the stream. Users never import from here."""
