"""Check the service and tiling; exit 1 where a rule is broken."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.rules.source_rules import check_lengths, check_rooms, check_tree

PACKAGES = ("tiling", "service/catalogue", "service/delivery", "service/links", "service/operations", "service/api")
DOORS = {
    "tiling/files/beneath.py": "the door: it opens a root, and from there on beneath descriptors",
    "tiling/gate/validate.py": "gives GDAL the name of a descriptor that is held",
    "tiling/gate/landlock.py": "opens folders for rules (O_PATH), of which it reads nothing",
    "tiling/files/scratch.py": "folders of our own for temporary names, which it locks",
    "tiling/ingest/foreign/opening.py": "`optimise`, a person's own files, in a process that reaches their folder",
    "tiling/ingest/foreign/staging.py": "`optimise`, which writes a new file in a folder of its own",
    "tiling/ingest/merged_alpha.py": "`optimise`, a person's own files",
    "tiling/overview.py": "writes overviews of collections in the data folder",
    "tiling/ingest/warmup.py": "writes a raster of our own",
    "tiling/reading/path_raster.py": "a person's own path, which rasterio would open by name too",
    "tiling/passthrough.py": "bytes in memory",
    "tiling/pictures.py": "bytes in memory",
    "tiling/archives/stored_tile.py": "bytes in memory",
    "tiling/geometry/tile_matrix_sets.py": "an operator's own folder of grids, read at the start",
    "service/api/pages/static_files.py": "files of packages",
    "service/catalogue/storage/comparing.py": "descriptors",
    "service/delivery/heavy/limits.py": "/proc/self/status",
    "service/delivery/images/overview_files.py": "locks in the data folder",
    "service/links/credentials/code_gate.py": "files of the package",
    "service/delivery/images/store/salt.py": "code of packages, and an operator's own font",
    "service/delivery/images/store/store_folder.py": "files of ours in the data folder",
    "service/delivery/images/seeds/seed_folder.py": "files of ours in the data folder",
    "tiling/seeding/journal.py": "files of ours in the data folder",
    "service/links/credentials/master_key.py": "the master key",
    "service/links/credentials/passwords.py": "a file of the package",
    "service/links/records/record_cache.py": "files of the package",
}
"""Modules that may open files, and why none of these is one that somebody else can exchange."""
HEAVY = {
    "shapely": "give it to the pool",
    "tiling.geometry.region": "give it to the pool",
    "service.operations.core.markdown": "give it to the pool",
}
"""Modules whose functions take longer the more a request holds, and where they belong."""
LONGEST = 40
"""Lines of a function. How many ways lead through one, ruff counts (C901: ten)."""
UNBOUND = ("service/database/migrations/",)
"""What is as long as what it lists."""

FULLEST = 20
"""Modules of a room."""
FULL = {"tiling": 24, "service/database/migrations/versions": 1000}
"""Rooms that hold more: the way of a tile is read from top to bottom on one floor; a migration is never taken away."""


def main() -> int:
    """Print each breach on a line."""
    root = Path(__file__).parents[2]
    breaches = check_tree(root, PACKAGES, DOORS, HEAVY)
    breaches += check_lengths(root, ("tiling", "service", "clients/generate"), LONGEST, UNBOUND)
    breaches += check_rooms(root, ("tiling", "service", "clients", "tests"), FULLEST, FULL)
    for breach in breaches:
        sys.stdout.write(f"{breach}\n")
    sys.stdout.write("no rule is broken\n" if not breaches else "")
    return bool(breaches)


if __name__ == "__main__":
    sys.exit(main())
