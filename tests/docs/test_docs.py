"""The documentation: its links resolve, its pages keep to their length, and its indexes name every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("clients/*/README.md")],
    key=lambda page: page.relative_to(ROOT),
)
PAGES_ABOUT_CODE = [page for page in PAGES if page.name == "SECURITY.md" or "docs" in page.parts]
DECISIONS = ROOT / "docs" / "decisions"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
ROOMS = "accounts|api|catalogue|cli|database|delivery|links|mail|metering|operations|processes"
NAME = re.compile(rf"`((?:service|tiling|tests|{ROOMS})(?:[./][A-Za-z_][\w.]*)+)`")
"""Modules, what is in them, and paths, as the documentation names them; without `service.` where a room comes first."""
OF_RIO_TILER = {"tests/test_io_rasterio.py"}
MOST_WORDS = {"README.md": 900, "docs/architecture.md": 2500}
MOST_WORDS_OF_A_DECISION = 700


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The fragments that GitHub gives to headings."""
    headings = re.findall(r"^#+ +(.+?)\s*$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    assert broken_links(page) == []


def is_there(name: str) -> bool:
    """Whether a path, a module, or something in a module is in the code."""
    if (ROOT / name).exists():
        return True
    first, *parts = re.split(r"[./]", name)
    place = ROOT / first if (ROOT / first).exists() else ROOT / "service" / first
    for position, part in enumerate(parts):
        if (place / part).is_dir():
            place = place / part
            continue
        module = place / f"{part}.py"
        names = parts[position + 1 :] if module.exists() else parts[position:]
        text = (module if module.exists() else place / "__init__.py").read_text("utf-8")
        return all(name in text for name in names)
    return place.is_dir()


@pytest.mark.parametrize("page", PAGES_ABOUT_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_module_that_is_named_is_there(page: Path) -> None:
    named = NAME.findall(page.read_text("utf-8"))
    assert [name for name in named if name not in OF_RIO_TILER and not is_there(name)] == []


@pytest.mark.parametrize(("name", "most"), MOST_WORDS.items())
def test_pages_for_newcomers_stay_short(name: str, most: int) -> None:
    assert len((ROOT / name).read_text("utf-8").split()) <= most


def test_each_decision_is_one_page_with_a_number_and_a_place_in_the_index() -> None:
    index = (DECISIONS / "README.md").read_text("utf-8")
    for page in DECISIONS.glob("[0-9]*.md"):
        number = int(page.name[:4])
        assert f"[{number}]({page.name})" in index
        assert page.read_text("utf-8").startswith(f"# {number}. ")
        assert len(page.read_text("utf-8").split()) <= MOST_WORDS_OF_A_DECISION, page.name


def test_readme_leads_to_every_page_of_the_documentation() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_every_test_that_is_named_is_there() -> None:
    """Pages promise what tests show."""
    tests = {path: path.read_text("utf-8") for path in ROOT.glob("tests/**/*.py")}
    there = {path.stem for path in tests} | {
        name for text in tests.values() for name in re.findall(r"def (test_\w+)", text)
    }
    named = {
        name for page in PAGES_ABOUT_CODE for name in re.findall(r"`(test_\w+)(?:\.py)?`", page.read_text("utf-8"))
    }
    assert named - there == set()
