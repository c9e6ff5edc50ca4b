"""What is written down leads somewhere: links resolve, and every decision is in the index."""

import re

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
