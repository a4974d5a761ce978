"""Which pixels of several rasters a mosaic shows: rio-tiler's methods, of images that lie on one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rio_tiler.mosaic.methods import defaults

from tiling.budget import BUDGET
from tiling.models import PixelSelection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rio_tiler.mosaic.methods.base import MosaicMethodBase

Masked = np.ma.MaskedArray[Any, Any]
"""Shape (values, height, width)."""

_METHODS: Final[Mapping[PixelSelection, type[MosaicMethodBase]]] = {
    PixelSelection.FIRST: defaults.FirstMethod,
    PixelSelection.HIGHEST: defaults.HighestMethod,
    PixelSelection.LOWEST: defaults.LowestMethod,
    PixelSelection.MEAN: defaults.MeanMethod,
    PixelSelection.MEDIAN: defaults.MedianMethod,
    PixelSelection.STDEV: defaults.StdevMethod,
    PixelSelection.COUNT: defaults.CountMethod,
    PixelSelection.LAST_BAND_LOW: defaults.LastBandLowMethod,
    PixelSelection.LAST_BAND_HIGH: defaults.LastBandHighMethod,
}
_OF_ALL: Final = frozenset({PixelSelection.MEAN, PixelSelection.MEDIAN, PixelSelection.STDEV, PixelSelection.COUNT})
"""Those that keep every image until the last one is there."""
_COPIES: Final = 3
"""Of all images, while one is made of them: a median sorts them."""


def joined(image: Masked, other: Masked) -> Masked:
    """Return the bands of both."""
    masks = np.ma.getmaskarray(image), np.ma.getmaskarray(other)
    return np.ma.MaskedArray(np.concatenate([image.data, other.data]), mask=np.concatenate(masks))


class Selected:
    """One image of several, each fed in turn."""

    def __init__(self, selection: PixelSelection) -> None:
        self._selection = selection
        self._method: MosaicMethodBase = _METHODS[selection]()
        self._bytes = 0
        self._bands = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing that is fed any more could be seen."""
        return self._method.is_done

    @property
    def needs_last_band(self) -> bool:
        """Whether an image has the raster's last band after its own, which decides and is not shown."""
        return self._selection in {PixelSelection.LAST_BAND_LOW, PixelSelection.LAST_BAND_HIGH}

    def feed(self, image: Masked) -> None:
        """Take an image, of as many bands as the others. Raises SourceUnreadable where all take too much memory."""
        size = image.nbytes + image.size
        self._bytes = self._bytes + size if self._selection in _OF_ALL else size
        BUDGET.check_working(self._bytes * _COPIES)
        self._bands = image.shape[0]
        self._method.feed(image)

    def values(self) -> Masked | None:
        """Return what is made of the images; None of none."""
        found: Masked | None = self._method.data
        if found is None or self._selection is not PixelSelection.COUNT:
            return found
        counts = np.broadcast_to(np.ma.getdata(found), (self._bands, *found.shape))
        return np.ma.MaskedArray(counts, mask=counts == 0)  # where no raster has data, there is none to show
