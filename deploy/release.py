"""`python deploy/release.py [--allow-dirty]`: check that this tree is a release, and write its notes to dist/NOTES.md.

It uploads and tags nothing. Exit code 1, and a line for each thing, where something stands against it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESERVED = re.compile(r"https://[\w.]*\bexample(\.(com|net|org))?(/|$)")


def version_of(root: Path) -> str:
    """Return the version that is to be released."""
    return str(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def notes_of(changelog: str, version: str) -> str:
    """Return what the changelog says of a version; empty where it has nothing."""
    found = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


def other_versions(root: Path, version: str) -> list[str]:
    """Return which clients have another version."""
    python = tomllib.loads((root / "clients/python/pyproject.toml").read_text("utf-8"))["project"]["version"]
    wire = re.search(
        r'^VERSION = "(.+)"$', (root / "clients/python/tilegate_client/wire.py").read_text("utf-8"), re.MULTILINE
    )
    typescript = json.loads((root / "clients/typescript/package.json").read_text("utf-8"))["version"]
    found = {"clients/python": python, "tilegate_client.wire": wire and wire[1], "clients/typescript": typescript}
    return [f"{name} has version {other}, not {version}" for name, other in found.items() if other != version]


def against(root: Path, *, is_clean: bool) -> list[str]:
    """Return what stands against a release of the tree."""
    version = version_of(root)
    found = other_versions(root, version)
    if not notes_of((root / "CHANGELOG.md").read_text("utf-8"), version):
        found.append(f"CHANGELOG.md has no `## [{version}] - YYYY-MM-DD` with something below it")
    if not is_clean:
        found.append("the tree has changes that are not committed")
    return found


def main(words: list[str]) -> int:
    """Check, write the notes, and say what to do next."""
    status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    found = against(ROOT, is_clean=not status.stdout.strip() or "--allow-dirty" in words)
    for line in found:
        sys.stderr.write(f"{line}\n")
    if found:
        return 1
    version = version_of(ROOT)
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    if any(RESERVED.match(url) for url in urls.values()):
        sys.stderr.write("note: the addresses of [project.urls] are reserved names: set real ones first\n")
    (ROOT / "dist").mkdir(exist_ok=True)
    (ROOT / "dist" / "NOTES.md").write_text(
        notes_of((ROOT / "CHANGELOG.md").read_text("utf-8"), version) + "\n", "utf-8"
    )
    sys.stdout.write(f"{version} can be released: dist/NOTES.md; then `git tag -a v{version}` and upload dist/\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
