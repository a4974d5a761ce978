"""What we want of the loads that peers meet too: how many times their tiles a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rasters import CLASSES

if TYPE_CHECKING:
    from benchmarks.book import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How many times a peer's rate ours should be."""

    titiler: float
    mapserver: float = 1.2


RANDOM = {
    ("rgb-jpeg", "jpg"): Wanted(titiler=5, mapserver=1.4),
    ("rgb-jpeg", "png"): Wanted(titiler=8, mapserver=2.5),
    ("uint16", "jpg"): Wanted(titiler=3, mapserver=1.3),
}
"""By class and format; `of_random` has the others."""
SESSIONS = {"rgb-jpeg": 10.0, "uint16": 6.0}
"""Times TiTiler's; 8 for other classes."""
NAMES = {kind.label: kind.name for kind in CLASSES}


def of_random(case: Case) -> Wanted:
    """Return what is wanted of random tiles."""
    usual = Wanted(titiler=8 if case.image_format == "png" else 4)
    return RANDOM.get((NAMES.get(case.raster, ""), case.image_format), usual)


def of_session(case: Case) -> float:
    """Return what is wanted of map sessions."""
    return SESSIONS.get(NAMES.get(case.raster, ""), 8.0)
