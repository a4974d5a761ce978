"""How to render, out of a URL's query: by the names that TiTiler has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.api.requests import params
from service.api.tiles.titiler_params import refuse_foreign
from service.errors import BadInput
from service.operations.admission.render_models import Render

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from aiohttp import web
    from multidict import MultiMapping

BANDS, RESCALE, COLORMAP = ("bidx", "bands"), "rescale", ("colormap", "colormap_name")
TEXTS = ("expression", "algorithm", "resampling", "nodata")
NAMES = frozenset({*BANDS, RESCALE, *COLORMAP, *TEXTS})
"""These are never ignored: where a link does not allow them, they are refused."""


def render_of(request: web.Request, taken: AbstractSet[str] = frozenset()) -> Render | None:
    """Return what a query says of the rendering; None for nothing. Raises BadInput with the parameter at fault.

    `taken`: which of the names that others have for things we refuse mean something at this address.
    """
    query = request.query
    refuse_foreign(query, taken)
    if NAMES.isdisjoint(query):
        return None
    said: dict[str, Any] = {name: query[name] for name in TEXTS if name in query}
    bands = [text for name in BANDS for value in query.getall(name, ()) for text in value.split(",")]
    if bands:
        said["bands"] = [params.whole_number(text.strip(), "bidx", "field_invalid") for text in bands]
    if RESCALE in query:
        said["rescale"] = _ranges(query)
    for name in COLORMAP:
        if name in query:
            said["colormap"] = query[name]
    return params.parse_values(said, Render)


def _ranges(query: MultiMapping[str]) -> list[list[str]]:
    ranges = [value.split(",") for value in query.getall(RESCALE)]
    if any(len(pair) != 2 for pair in ranges):  # noqa: PLR2004  (from and to)
        raise BadInput(
            "field_invalid",
            "rescale must be two numbers, such as rescale=0,1000; repeat it for each band.",
            field=RESCALE,
        )
    return ranges
