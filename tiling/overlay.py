"""What is done to a finished picture: what may not be shown is taken out, and a text is drawn across the rest."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tiling.encode import Painting
from tiling.errors import ProfileInvalid
from tiling.geometry.clip import Clip
from tiling.geometry.grid import Grid
from tiling.geometry.scanline import Mask
from tiling.models import Bounds, Profile
from tiling.paint import no_height
from tiling.watermark import Watermark, mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """It is a part of what a picture's bytes depend on: two that are equal leave the same picture."""

    clip: Clip | None = None
    """Nothing outside is shown; None for no such limit."""
    watermark: Watermark | None = None
    """A text to be drawn across the picture."""

    @property
    def keeps_bytes(self) -> bool:
        """Whether what lies inside the clip may be sent as it lies in a file."""
        return self.watermark is None

    def shown(self, grid: Grid) -> Mask | None:
        """Return a mask of the pixels of a grid that may be shown; None for all of them."""
        mask = None if self.clip is None else self.clip.mask(grid)
        return None if mask is None or mask.all() else mask

    def box(self, box: Bounds) -> Bounds | None:
        """Return the bounds of what may be shown of a box in unwrapped degrees; None where that is nothing."""
        return box if self.clip is None else self.clip.bounds_within(box)

    def on(self, painting: Painting | None, grid: Grid, profile: Profile, shown: Mask | None) -> Painting | None:
        """Return a painting as it may be seen. `shown`: as of the method of this name.

        Raises ProfileInvalid for a text on heights in disguise, which it would change.
        """
        if painting is None or painting.is_empty:
            return painting
        if shown is not None:
            painting = _clipped(painting, profile, shown)
        if self.watermark is None or painting.is_empty:
            return painting
        if painting.lossless:
            raise ProfileInvalid("Terrain-RGB tiles cannot be watermarked", field="profile")
        return mark(painting, grid, self.watermark)


PLAIN: Final = Finish()
"""Nothing is done."""


def _clipped(painting: Painting, profile: Profile, shown: Mask) -> Painting:
    """Take out what may not be shown: its colours too, as transparent pixels are sent with theirs."""
    if profile.is_terrain:
        return replace(painting, colors=np.where(shown[..., None], painting.colors, no_height(profile)))
    return replace(
        painting,
        colors=np.where(shown[..., None], painting.colors, np.uint8(0)),
        alpha=np.where(shown, painting.alpha, np.uint8(0)),
    )
