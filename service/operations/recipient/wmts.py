"""WMTS 1.0.0 capabilities (OGC 07-057r7) of tiles with RESTful addresses."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.operations.recipient.xml_text import attribute, text
from tiling.geometry.zooms import TILE_PIXELS, WORLD, mercator_y
from tiling.models import Bounds

MATRIX_SET: Final = "GoogleMapsCompatible"
_PIXEL: Final = 0.00028
"""Metres of a pixel, as OGC's scale denominators have it."""
_NAMESPACES: Final = (
    'xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.opengis.net/wmts/1.0 '
    'http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WmtsLayer:
    """One way to render what is shared."""

    id: str
    title: str
    tiles: tuple[tuple[str, str], ...]
    """Media types, the preferred one first, and addresses of tiles with {z}, {x} and {y}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WmtsService:
    """What applies to all layers."""

    title: str
    description: str
    address: str
    """Of this document."""
    bounds: Bounds
    """Degrees, west < east."""
    minzoom: int
    maxzoom: int


def wmts_capabilities(service: WmtsService, layers: Sequence[WmtsLayer]) -> str:
    """Return the document. Zooms and tiles beyond those of the service are left out."""
    contents = "".join(_layer(service, layer) for layer in layers)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Capabilities {_NAMESPACES} version="1.0.0">'
        f"<ows:ServiceIdentification><ows:Title>{text(service.title)}</ows:Title>"
        f"<ows:Abstract>{text(service.description)}</ows:Abstract>"
        "<ows:ServiceType>OGC WMTS</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>"
        f"</ows:ServiceIdentification><Contents>{contents}{_matrix_set(service)}</Contents>"
        f"<ServiceMetadataURL xlink:href={attribute(service.address)}/></Capabilities>\n"
    )


def _layer(service: WmtsService, layer: WmtsLayer) -> str:
    west, south, east, north = service.bounds
    formats = "".join(f"<Format>{text(media_type)}</Format>" for media_type, _ in layer.tiles)
    addresses = "".join(
        f'<ResourceURL format={attribute(media_type)} resourceType="tile" template={attribute(_template(address))}/>'
        for media_type, address in layer.tiles
    )
    return (
        f"<Layer><ows:Title>{text(layer.title)}</ows:Title>"
        f"<ows:WGS84BoundingBox><ows:LowerCorner>{west!r} {south!r}</ows:LowerCorner>"
        f"<ows:UpperCorner>{east!r} {north!r}</ows:UpperCorner></ows:WGS84BoundingBox>"
        f"<ows:Identifier>{text(layer.id)}</ows:Identifier>"
        '<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>'
        f"{formats}<TileMatrixSetLink><TileMatrixSet>{MATRIX_SET}</TileMatrixSet>"
        f"<TileMatrixSetLimits>{''.join(_limits(service))}</TileMatrixSetLimits></TileMatrixSetLink>{addresses}</Layer>"
    )


def _template(address: str) -> str:
    return address.replace("{z}", "{TileMatrix}").replace("{x}", "{TileCol}").replace("{y}", "{TileRow}")


def _limits(service: WmtsService) -> Iterator[str]:
    west, south, east, north = service.bounds
    for zoom in range(service.minzoom, service.maxzoom + 1):
        count = 2**zoom
        columns = [_clamped((lon + 180.0) / 360.0 * count, count) for lon in (west, east)]
        rows = [_clamped((0.5 - mercator_y(lat) / WORLD) * count, count) for lat in (north, south)]
        yield (
            f"<TileMatrixLimits><TileMatrix>{zoom}</TileMatrix>"
            f"<MinTileRow>{rows[0]}</MinTileRow><MaxTileRow>{rows[1]}</MaxTileRow>"
            f"<MinTileCol>{columns[0]}</MinTileCol><MaxTileCol>{columns[1]}</MaxTileCol></TileMatrixLimits>"
        )


def _clamped(place: float, count: int) -> int:
    return min(max(math.floor(place), 0), count - 1)


def _matrix_set(service: WmtsService) -> str:
    matrices = "".join(_matrix(zoom) for zoom in range(service.minzoom, service.maxzoom + 1))
    return (
        f"<TileMatrixSet><ows:Identifier>{MATRIX_SET}</ows:Identifier>"
        "<ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>"
        "<WellKnownScaleSet>urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible</WellKnownScaleSet>"
        f"{matrices}</TileMatrixSet>"
    )


def _matrix(zoom: int) -> str:
    scale = WORLD / TILE_PIXELS / 2**zoom / _PIXEL
    return (
        f"<TileMatrix><ows:Identifier>{zoom}</ows:Identifier><ScaleDenominator>{scale!r}</ScaleDenominator>"
        f"<TopLeftCorner>{-WORLD / 2!r} {WORLD / 2!r}</TopLeftCorner>"
        f"<TileWidth>{TILE_PIXELS}</TileWidth><TileHeight>{TILE_PIXELS}</TileHeight>"
        f"<MatrixWidth>{2**zoom}</MatrixWidth><MatrixHeight>{2**zoom}</MatrixHeight></TileMatrix>"
    )
