"""TiTiler's query parameters that we do not take: each is refused by name, so that none is ignored unseen.

The names are those of titiler.core and titiler.mosaic 2.x (their `dependencies.py` and `factory.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from service.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from multidict import MultiMapping

_ITEM = "a link names what it shares; pick one item of it with item"
_GRID_SIZE = "append @2x to y for 512 pixels: /{z}/{x}/{y}@2x.png"
_SIZE = "give size for a preview, max_size for a crop"
_OVERWRITTEN = "the zooms are those of the link: min_zoom and max_zoom of share.link.create"
_STATISTICS = "share.tile.statistics always answers a histogram and the percentiles 2, 25, 50, 75 and 98"
_ALWAYS = "scale and offset of the file are always applied; give rescale in the resulting unit"

REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "url": _ITEM,
        "assets": _ITEM,
        "asset_bidx": f"{_ITEM}, and bands with bidx",
        "asset_expression": f"{_ITEM}, and give expression",
        "asset_as_band": f"{_ITEM}, and give expression",
        "color_formula": "give rescale, a range for each band",
        "unscale": _ALWAYS,
        "return_mask": "png and webp always have the mask as alpha, jpg never has; choose the format",
        "buffer": "tiles have no buffer; ask for the part with crop and bbox",
        "padding": "tiles are read beyond their edges wherever their resampling needs it; leave padding out",
        "algorithm_params": "hillshade, terrainrgb and terrarium have none; leave algorithm_params out",
        "reproject": "give resampling, which holds for reprojecting too",
        "max_size": _SIZE,
        "width": _SIZE,
        "height": _SIZE,
        "dst_crs": "only a crop to a GeoTIFF has it; tiles of other grids are /tiles/{tileMatrixSetId}/{z}/{x}/{y}.png",
        "coord_crs": "give crs, which is that of bbox or of the place",
        "bbox-crs": "give crs",
        "cover_scale": "a pixel is inside where its centre is; leave cover_scale out",
        "pixel_selection": "a collection has its own: pixel_selection of collection.update",
        "tilesize": _GRID_SIZE,
        "tile_scale": _GRID_SIZE,
        "tile_format": "give format to tilejson.json; elsewhere the ending is the format",
        "format": "the ending of the path is the format",
        "f": "the ending of the path is the format",
        "minzoom": _OVERWRITTEN,
        "maxzoom": _OVERWRITTEN,
        "zooms": _OVERWRITTEN,
        "categorical": "statistics has it; the legend names the classes",
        "c": "categorical=true counts all classes; leave c out",
        "p": _STATISTICS,
        "histogram_bins": _STATISTICS,
        "histogram_range": _STATISTICS,
    }
)
"""What to do instead, by parameter."""


def refuse_foreign(query: MultiMapping[str], taken: AbstractSet[str]) -> None:
    """Raise BadInput for the first parameter of TiTiler's that is not taken. `taken`: what this address has of them."""
    if REFUSED.keys().isdisjoint(query):
        return
    for name in query:
        if name in REFUSED and name not in taken:
            raise BadInput("field_invalid", f"{name} is not supported here: {REFUSED[name]}.", field=name)
