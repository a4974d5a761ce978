"""One entry in the tree of the files that a link shares."""

from __future__ import annotations

from dataclasses import dataclass

from service.delivery.files.storage import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file or a folder of a storage root, hung into the tree."""

    place: Place
    is_folder: bool
    is_raster: bool = False
    is_seed: bool = False
    """Whether it is an archive of its raster's tiles, that is given away only by its own name."""
