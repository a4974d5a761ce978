"""Check the service and tiling; exit 1 where a rule is broken."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.rules.source_rules import check_tree

PACKAGES = ("tiling", "service/catalogue", "service/delivery", "service/links", "service/operations", "service/api")
DOORS = {
    "tiling/stored_blocks.py": "opens the descriptor",
}
"""Modules that may open files, and why none of these is one that somebody else can exchange."""
HEAVY = {
    "shapely": "give it to the pool",
}
"""Modules whose functions take longer the more a request holds, and where they belong."""


def main() -> int:
    """Print each breach on a line."""
    breaches = check_tree(Path(__file__).parents[2], PACKAGES, DOORS, HEAVY)
    for breach in breaches:
        sys.stdout.write(f"{breach}\n")
    sys.stdout.write("no rule is broken\n" if not breaches else "")
    return bool(breaches)


if __name__ == "__main__":
    sys.exit(main())
