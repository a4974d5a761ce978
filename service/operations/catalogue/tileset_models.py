"""The layers of vector tiles, as TileJSON 3.0.0 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.operations.core.operation import Response

if TYPE_CHECKING:
    from tiling.archives.tileset import TilesetDescription


class VectorLayerOutput(Response):
    """A layer of vector tiles."""

    id: str
    description: str
    minzoom: int
    maxzoom: int
    fields: dict[str, str]
    """What each attribute is."""


def vector_layers_of(tileset: TilesetDescription | None) -> tuple[VectorLayerOutput, ...]:
    """Return the layers of an archive; none of what is no archive of vector tiles."""
    return tuple(
        VectorLayerOutput(
            id=layer.id,
            description=layer.description,
            minzoom=layer.minzoom,
            maxzoom=layer.maxzoom,
            fields=dict(layer.fields),
        )
        for layer in (() if tileset is None else tileset.vector_layers)
    )
