"""STAC items and collections (https://stacspec.org, 1.1.0), with the extensions for projections and web maps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from service.catalogue.credit import License
    from service.catalogue.period import Period
    from tiling.models import BandDescription, Bounds, RasterDescription

VERSION: Final = "1.1.0"
PROJECTION: Final = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
WEB_MAPS: Final = "https://stac-extensions.github.io/web-map-links/v1.2.0/schema.json"
JSON, GEOJSON = "application/json", "application/geo+json"
COG, PNG, XML = "image/tiff; application=geotiff", "image/png", "application/xml"
DATA_TYPES: Final = {
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    **{f"float{bits}": f"float{bits}" for bits in (16, 32, 64)},
    "complex_int16": "cint16",
    "complex_int32": "cint32",
    "complex64": "cfloat32",
    "complex128": "cfloat64",
}
"""By numpy's names of them."""
NO_LICENSE: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What items and collections have in common."""

    id: str
    title: str
    description: str
    attribution: str
    license: License | None
    bbox: Bounds
    """As RFC 7946 has it."""
    links: tuple[dict[str, Any], ...]
    assets: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    has_maps: bool = False
    """Whether its links lead to maps."""

    @property
    def license_links(self) -> tuple[dict[str, Any], ...]:
        """Where the licence's text is."""
        licence = self.license
        return () if licence is None else (link("license", licence.address, None, title=licence.name),)

    @property
    def license_id(self) -> str:
        """The licence as STAC has it."""
        return NO_LICENSE if self.license is None or self.license.id is None else self.license.id

    @property
    def providers(self) -> dict[str, Any]:
        """Whom it is due to."""
        return {"providers": [{"name": self.attribution}]} if self.attribution else {}


def link(rel: str, href: str, media_type: str | None, **more: object) -> dict[str, Any]:
    """Return a link."""
    return {"rel": rel, "href": href} | ({} if media_type is None else {"type": media_type}) | more


def stac_item(
    about: Described,
    *,
    geometry: Mapping[str, Any],
    times: Mapping[str, str | None],
    raster: RasterDescription | None,
    is_whole: bool,
    collection: str | None = None,
) -> dict[str, Any]:
    """Return an item. `is_whole`: whether all pixels of the raster are shared, so that their number may be told."""
    properties: dict[str, Any] = {"title": about.title, **times, "license": about.license_id, **about.providers}
    if about.description:
        properties["description"] = about.description
    extensions = [WEB_MAPS] if about.has_maps else []
    if raster is not None:
        extensions.append(PROJECTION)
        properties |= _projection(raster, is_whole=is_whole)
        properties["bands"] = [_band(band) for band in raster.bands]
    item = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": extensions,
        "id": about.id,
        "geometry": geometry,
        "bbox": list(about.bbox),
        "properties": properties,
        "links": [*about.links, *about.license_links],
        "assets": dict(about.assets),
    }
    return item if collection is None else item | {"collection": collection}


def stac_collection(about: Described, interval: Sequence[str | None]) -> dict[str, Any]:
    """Return a collection. `interval`: from when to when its items are, None where that is not known."""
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "stac_extensions": [WEB_MAPS] if about.has_maps else [],
        "id": about.id,
        "title": about.title,
        "description": about.description or about.title,
        "license": about.license_id,
        **about.providers,
        "extent": {"spatial": {"bbox": [list(about.bbox)]}, "temporal": {"interval": [list(interval)]}},
        "links": [*about.links, *about.license_links],
        "assets": dict(about.assets),
    }


def times_of_item(period: Period | None, registered: datetime) -> dict[str, str | None]:
    """Return when an item was: where nobody has said it, when it was registered, as STAC has no item without a time.

    Of an interval with one end it is that end.
    """
    start, stop = (None, None) if period is None else (period.start, period.stop)
    if start is not None and stop is not None and start != stop:
        return {"datetime": None, "start_datetime": written(start), "end_datetime": written(stop)}
    return {"datetime": written(start or stop or registered), "created": written(registered)}


def interval_of(periods: Sequence[Period]) -> tuple[str | None, str | None]:
    """Return from when to when all of some periods are; None where there are none, or one has no end."""
    starts, stops = [each.start for each in periods], [each.stop for each in periods]
    first = min((start for start in starts if start), default=None) if None not in starts else None
    last = max((stop for stop in stops if stop), default=None) if None not in stops else None
    return None if first is None else written(first), None if last is None else written(last)


def written(moment: datetime) -> str:
    """Return a moment in UTC as RFC 3339 has it."""
    return moment.isoformat().replace("+00:00", "Z")


def _projection(raster: RasterDescription, *, is_whole: bool) -> dict[str, Any]:
    is_named = ":" in raster.crs and len(raster.crs) < 40  # noqa: PLR2004  (WKT is longer)
    named = {"proj:code": raster.crs} if is_named else {"proj:code": None, "proj:wkt2": raster.crs}
    return named | ({"proj:shape": [raster.height, raster.width]} if is_whole else {})


def _band(band: BandDescription) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": band.description or f"b{band.index}",
        "data_type": DATA_TYPES.get(band.dtype, "other"),
    }
    if band.nodata is None:
        return told
    if math.isfinite(band.nodata):
        return told | {"nodata": band.nodata}
    return told | {"nodata": "nan" if math.isnan(band.nodata) else "inf" if band.nodata > 0 else "-inf"}
