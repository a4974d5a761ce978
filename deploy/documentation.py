"""`python deploy/documentation.py`: the documentation as a site, in site/. Exit code 1 where a link leads nowhere.

Pages lie in the site as in the repository, so their links need no change; those to code and folders become the names
of these. Two pages are written here: the API's reference from its OpenAPI description, and that of `tiling.Reader` from
its docstrings.
"""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from service.api.openapi.document import document
from service.operations.registry import OPERATIONS
from tiling import Reader

ROOT = Path(__file__).parents[1]
SITE = ROOT / "site"
LINK = re.compile(r"(?P<mark>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
NAVIGATION = (
    ("Quick start", ["README.md"]),
    ("Recipients", ["docs/recipients.md"]),
    ("Sharers", ["docs/sharing.md", "docs/webhooks.md", "docs/audit.md", "docs/coming-from.md"]),
    ("Operators", ["docs/operating.md", "docs/operating", "docs/organizations.md", "docs/performance.md"]),
    ("Billing", ["docs/billing.md", "docs/billing"]),
    ("Reference", ["docs/reference", "docs/reader.md", "clients"]),
    (
        "Engineers",
        ["CONTRIBUTING.md", "docs/development.md", "docs/architecture.md", "docs/libraries.md", "docs/decisions"],
    ),
    ("Security", ["SECURITY.md", "docs/promises.md"]),
    ("Glossary", ["docs/glossary.md"]),
    ("Changes", ["CHANGELOG.md"]),
)
"""What the menu holds: pages, and folders with all pages in them. Pages that nobody named come last."""


def pages(root: Path) -> list[Path]:
    """Return all pages of the repository, from its top."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("clients/*/README.md")]
    return sorted(page.relative_to(root) for page in found)


def for_site(text: str, page: Path, there: set[Path]) -> str:
    """Return a page's text with links to what is no page of the site as their names alone."""

    def mend(link: re.Match[str]) -> str:
        target = link["target"]
        if re.match(r"[a-z]+:|#", target):
            return link[0]
        path = Path(os.path.normpath(page.parent / target.partition("#")[0]))
        if link["mark"] or path in there:
            return link[0]
        if path / "README.md" in there:
            return f"[{link['text']}]({target.rstrip('/')}/README.md)"
        return f"{link['text']} (`{path}`)"

    parts, last = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(mend, text[last : fence.start()]), fence[0]]
        last = fence.end()
    return "".join([*parts, LINK.sub(mend, text[last:])])


def api_reference() -> str:
    """Return the reference of all operations, from the OpenAPI description."""
    described: dict[str, Any] = document(list(OPERATIONS.values()))
    schemas = described["components"]["schemas"]
    lines = [
        "# Operations",
        "",
        "Each is `POST /v1/op/NAME` with a JSON body. `/openapi.json` of a service is the whole description.",
        "",
    ]
    for operation in OPERATIONS.values():
        told = described["paths"][operation.operation_path]["post"]
        lines += [f"## {operation.id}", "", f"{told['summary']}.", ""]
        lines += [operation.about, ""] if operation.about else []
        lines += [f"Scope `{operation.scope}`, effect `{operation.effect}`.", ""]
        lines += _fields(operation.request.__name__, schemas)
    return "\n".join(lines) + "\n"


def _fields(name: str, schemas: dict[str, Any]) -> list[str]:
    schema = schemas.get(name, {})
    required = schema.get("required", [])
    rows = [
        f"| `{field}` | {'yes' if field in required else ''} | {_cell(about.get('description', ''))} |"
        for field, about in schema.get("properties", {}).items()
    ]
    return ["| field | required | |", "| --- | --- | --- |", *rows, ""] if rows else ["No fields.", ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def reader_reference() -> str:
    """Return the reference of `tiling.Reader`, from its docstrings."""
    lines = ["# tiling.Reader", "", inspect.cleandoc(Reader.__doc__ or ""), ""]
    for name, member in inspect.getmembers(Reader):
        if name.startswith("_") or not callable(member) or not inspect.getdoc(member):
            continue
        lines += [f"## {name}", "", "```python", f"{name}{inspect.signature(member)}", "```", ""]
        lines += ["```text", inspect.getdoc(member) or "", "```", ""]
    return "\n".join(lines) + "\n"


def assemble(source: Path, target: Path) -> list[Path]:
    """Write all pages for the site into a folder; return them."""
    found = pages(source)
    there = set(found)
    for page in found:
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(for_site((source / page).read_text("utf-8"), page, there), "utf-8")
    shutil.copytree(source / "docs" / "images", target / "docs" / "images")
    reference = target / "docs" / "reference"
    reference.mkdir()
    (reference / "operations.md").write_text(api_reference(), "utf-8")
    (reference / "reader.md").write_text(reader_reference(), "utf-8")
    return [*found, Path("docs/reference/operations.md"), Path("docs/reference/reader.md")]


def broken(target: Path, found: list[Path]) -> list[str]:
    """Return the links of assembled pages that lead nowhere."""
    told = []
    for page in found:
        for link in LINK.finditer(FENCE.sub("", (target / page).read_text("utf-8"))):
            path = link["target"].partition("#")[0]
            if path and not re.match(r"[a-z]+:", path) and not (target / page.parent / path).exists():
                told.append(f"{page}: {link['target']}")
    return told


def configuration(found: list[Path]) -> str:
    """Return zensical's configuration, with the menu."""
    left, menu = list(found), []
    for title, names in NAVIGATION:
        mine = [page for name in names for page in left if str(page) == name or str(page).startswith(f"{name}/")]
        left = [page for page in left if page not in mine]
        menu.append(f'{{ "{title}" = {[str(page) for page in mine]} }}')
    menu += [f'"{page}"' for page in left]
    lines = [
        "[project]",
        'site_name = "Tilegate"',
        'docs_dir = "pages"',
        'site_dir = "html"',
        "use_directory_urls = false",
        f"nav = [{', '.join(menu)}]",
    ]
    return "\n".join([*lines, "[project.theme]", 'variant = "classic"', ""])


def main() -> int:
    """Assemble the pages, check their links, and build."""
    shutil.rmtree(SITE, ignore_errors=True)
    found = assemble(ROOT, SITE / "pages")
    if told := broken(SITE / "pages", found):
        sys.stderr.write("\n".join(told) + "\n")
        return 1
    (SITE / "zensical.toml").write_text(configuration(found), "utf-8")
    zensical = Path(sys.executable).with_name("zensical")
    return subprocess.run([zensical, "build", "--clean", "--strict"], cwd=SITE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
