"""Writes which public names Prefect has, and their signatures without annotations, where the package reads them.

    python -m tests.compat.reference python_api.json

The argument is what was found by introspecting Prefect: `{"peer": ..., "modules": {module: {"names": {name: ...}}}}`.
Names, parameters and defaults are facts; nothing else is taken.
"""

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.architecture.source import PACKAGE

__all__ = ["FACTS", "facts"]

FACTS = PACKAGE / "compat" / "prefect_api.json"

Json = dict[str, Any]
# A default that shows itself by its repr, as objects and enum members do, is no expression: what it is stays unknown.
# What Prefect's own base of models adds to each of them.
OF_EVERY_MODEL = ("model_validate_list", "reset_fields")
UNKNOWN = "(...)"
SHOWN = re.compile(r"<[^<>]*(?:<[^<>]*>[^<>]*)*>")


def facts(introspected: Json) -> Json:
    """What the package keeps."""
    modules = {
        module: {name: _fact(fact) for name, fact in sorted(told["names"].items()) if fact["kind"] != "error"}
        for module, told in sorted(introspected["modules"].items())
    }
    return {"version": introspected["peer"].removeprefix("Prefect "), "modules": modules}


def _fact(fact: Json) -> Json:
    kept: Json = {"kind": fact["kind"].partition(" ")[0] if fact["kind"].startswith("callable") else fact["kind"]}
    if fact.get("signature") and fact["kind"] not in ("enum", "model"):
        kept["signature"] = bare(fact["signature"])
    if "fields" in fact:
        kept["fields"] = sorted(fact["fields"])
    if "members" in fact:
        kept["members"] = sorted(member.partition("=")[0] for member in fact["members"])
    if "methods" in fact:
        kept["methods"] = {
            name: "" if method.startswith(("attr", "property")) else bare(method)
            for name, method in sorted(fact["methods"].items())
            if name not in OF_EVERY_MODEL
        }
    return kept


def bare(signature: str) -> str:
    """A signature without annotations: `(fn, name=None, *, retries=None)`."""
    if "(" not in signature:
        return UNKNOWN
    text = SHOWN.sub("...", signature[signature.index("(") :])
    try:
        arguments = ast.parse(f"def f{text}: ...").body[0].args  # type: ignore[attr-defined]
    except SyntaxError:
        return UNKNOWN
    for node in ast.walk(arguments):
        if isinstance(node, ast.arg):
            node.annotation = None
            # Names in a class are mangled where they begin with two underscores: those are positional alone.
            node.arg = re.sub(r"^_\w+?__", "__", node.arg)
    return f"({ast.unparse(arguments)})"


def written(told: Json) -> str:
    """The facts as JSON, a line for each name, so that a later version of Prefect is a change one can read."""
    modules = [
        f'  "{module}": {{\n'
        + ",\n".join(f'    "{name}": {json.dumps(fact)}' for name, fact in names.items())
        + "\n  }"
        for module, names in told["modules"].items()
    ]
    return f'{{"version": "{told["version"]}", "modules": {{\n' + ",\n".join(modules) + "\n}}\n"


if __name__ == "__main__":
    introspected = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    FACTS.write_text(written(facts(introspected)), encoding="utf-8")
    print(f"wrote {FACTS}")
