"""What is written down leads somewhere: links resolve, every decision is in the index, the README's example runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

FOLDERS = ("docs", "examples", "benchmarks")
DOCUMENTS = [ROOT / "README.md", *(page for folder in FOLDERS for page in sorted((ROOT / folder).rglob("*.md")))]


def test_links_between_documents_resolve() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_is_in_the_index_once_and_in_order() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = [page.name for page in sorted(folder.glob("[0-9]*.md"))]
    assert re.findall(r"^\| \[\d+\]\(([^)]+)\)", index, flags=re.MULTILINE) == pages


def test_the_first_flow_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    source = re.search(r"```python\n(.+?)```", readme, flags=re.DOTALL)
    assert source is not None
    script = tmp_path / "forecast.py"
    script.write_text(source[1])
    environment = {**os.environ, "HEADRACE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "Porto: 21.5\n"), done.stderr
