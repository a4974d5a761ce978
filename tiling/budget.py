"""What one image may take, in bytes and in seconds, whatever the file: the one place where such bounds stand.

Files are checked against it before a block is decoded: each image of a file by its directory
(`tiling.gate.directories`), what a picture reads by the blocks under it, and JPEG blocks by their markers
(`tiling.source.jpeg_markers`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tiling.errors import OutOfTime, SourceUnreadable

CONVERT: Final = "convert it with `gdal_translate -of COG`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Bounds for one image, of a tile as of a preview, and for one block of a file."""

    block_bytes: int = 64 * 2**20
    """Of one decoded block: full resolution, overviews and masks alike."""
    working_bytes: int = 256 * 2**20
    """Of all arrays that one image takes at once, temporary ones included."""
    block_pixel_bytes: int = 4
    """What a pixel counts at least in `block_bytes`: beside the block lie what it was decoded from, and its mask."""
    decoded_bytes: int = 512 * 2**20
    """To be decoded for one image, one block after the other. More means that overviews are missing."""
    pixel_bytes: int = 8
    """What a pixel counts at least in `decoded_bytes`: the narrowest still has to be found and masked."""
    stored_share: int = 2
    """A stored block that is larger than so many times its pixels is not looked at."""
    stored_slack: int = 64 * 2**10
    """Bytes that a stored block may have beside that: headers, tables."""
    jpeg_scans: int = 32
    """Of a progressive JPEG block, each of which goes over all of its pixels. Encoders write some ten."""

    def takes_block(self, pixels: int, pixel_bytes: int) -> bool:
        """Whether a block may be decoded whose pixels have so many bytes each, all bands that lie together."""
        return pixels * max(pixel_bytes, self.block_pixel_bytes) <= self.block_bytes

    def largest_stored(self, decoded: int) -> int:
        """Return how many bytes a stored block may have, of its decoded ones."""
        return self.stored_share * decoded + self.stored_slack

    def check_decoding(self, pixels: float, pixel_bytes: int) -> None:
        """Raise SourceUnreadable where an image would have to decode too much."""
        if pixels * max(pixel_bytes, self.pixel_bytes) > self.decoded_bytes:
            raise SourceUnreadable(f"too many source pixels for one image: zoom in, or {CONVERT}")

    def check_working(self, size: float) -> None:
        """Raise SourceUnreadable where an image would take too much memory."""
        if size > self.working_bytes:
            raise SourceUnreadable("too much memory for one image: ask for fewer bands, or for a smaller part of it")


BUDGET: Final = Budget()
"""The budget of each image. `docs/operating.md` says what a worker takes by it."""


class Deadline:
    """When the time of a piece of work is over. Whoever does it asks between parts of it: nobody can stop a thread."""

    __slots__ = ("_clock", "_until")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now; `clock` returns seconds."""
        self._clock = clock
        self._until = clock() + seconds

    @property
    def is_over(self) -> bool:
        """Whether there is no time left."""
        return self._clock() > self._until

    def check(self) -> None:
        """Raise OutOfTime where there is no time left."""
        if self.is_over:
            raise OutOfTime("it took too long")


NO_DEADLINE: Final = Deadline(float("inf"))
"""For work that somebody waits for as long as it takes."""
