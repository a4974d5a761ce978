"""What is to be rendered ahead, and how far it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from service.identifiers import ItemId
from tiling.models import Bounds, ImageFormat, TileSize
from tiling.seeding.spans import Span, spans_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class SeedState(StrEnum):
    """How it stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It has stopped; the next call goes on."""
    OUTDATED = "outdated"
    """Raster, profile or the service's renderer have changed since: nothing of it is served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for."""

    item_id: ItemId
    profile_id: str
    format: ImageFormat
    tilesize: TileSize
    minzoom: int
    maxzoom: int
    box: Bounds
    """Degrees; where it crosses 180°, its east is above 180 or below its west."""
    attribution: str = ""
    """For the archive's metadata."""
    name: str = ""
    """The item's."""

    @property
    def look(self) -> str:
        """What tells it from other seeds of its item: one of each look is kept."""
        words = repr((self.profile_id, self.format.value, self.tilesize))
        return hashlib.blake2b(words.encode(), digest_size=10).hexdigest()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Which tiles."""
        return spans_of(self.box, self.minzoom, self.maxzoom)

    @property
    def file_name(self) -> str:
        """What the archive is called where it is given away, behind the raster's own name."""
        profile = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in self.profile_id)
        return f"{profile}{'@2x' if self.tilesize > 256 else ''}.{self.format.value}.pmtiles"  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """An archive that is whole."""

    name: str
    """Of its file."""
    version: str
    """Of its file, as it was written."""
    style: str
    """Of all that its pixels depend on."""
    spans: tuple[Span, ...]
    """Which tiles were rendered: those of them that it has not are empty, where none has failed."""
    failed: int
    """How many of them could not be rendered: they are rendered when somebody asks."""
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is."""

    state: SeedState = SeedState.WAITING
    style: str = ""
    """Of the tiles that are there by now."""
    done: int = 0
    """Tiles; empty ones and failed ones too."""
    failed: int = 0
    bytes: int = 0
    detail: str = ""
    """Why it stands, in a sentence."""
    archived: Archived | None = None
    """What was made before, or has come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A wish, and what came of it."""

    wish: Wish
    progress: Progress

    @property
    def is_open(self) -> bool:
        """Whether there is something to do."""
        return self.progress.state in {SeedState.WAITING, SeedState.RUNNING}


def count_of(spans: Iterable[Span]) -> int:
    """Return how many tiles there are."""
    return sum(span.count for span in spans)
