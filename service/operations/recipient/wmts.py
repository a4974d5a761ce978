"""WMTS 1.0.0 capabilities (OGC 07-057r7) of tiles with RESTful addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.catalogue.period import EVER
from service.operations.recipient.xml_text import attribute, text
from tiling.geometry.natural_sets import MatrixLimits
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD, TileMatrix, TileMatrixSet
from tiling.models import Bounds

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
    times: tuple[str, ...]
    """Of the items of a collection, where they are known: then addresses have {time}."""
    tiles: tuple[tuple[str, str], ...]
    """Media types, the preferred one first, and addresses of tiles with {z}, {x} and {y}; with {tileMatrixSetId}, too,
    where there are several grids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WmtsGrid:
    """A grid that all layers are had in."""

    matrix_set: TileMatrixSet
    """One that WMTS has words for."""
    bounds: Bounds
    """Left, bottom, right, top of what is shared, in its CRS, x to the east."""
    limits: tuple[MatrixLimits, ...]
    """Its matrices that are shared, and which tiles of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WmtsService:
    """What applies to all layers."""

    title: str
    description: str
    credit: str
    """Whom it is due to and its licence; may be empty."""
    address: str
    """Of this document."""
    bounds: Bounds
    """Degrees, west < east."""
    grids: tuple[WmtsGrid, ...]
    """The preferred one first."""


def wmts_capabilities(service: WmtsService, layers: Sequence[WmtsLayer]) -> str:
    """Return the document. Matrices and tiles beyond those of the service are left out."""
    contents = "".join(_layer(service, layer) for layer in layers)
    grids = "".join(_matrix_set(grid) for grid in service.grids)
    constraints = service.credit and f"<ows:AccessConstraints>{text(service.credit)}</ows:AccessConstraints>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Capabilities {_NAMESPACES} version="1.0.0">'
        f"<ows:ServiceIdentification><ows:Title>{text(service.title)}</ows:Title>"
        f"<ows:Abstract>{text(service.description)}</ows:Abstract>"
        "<ows:ServiceType>OGC WMTS</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>"
        f"{constraints}</ows:ServiceIdentification><Contents>{contents}{grids}</Contents>"
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
        f"<ows:Identifier>{text(layer.id)}</ows:Identifier>{''.join(map(_box, service.grids))}"
        '<Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>'
        f"{formats}{_dimension(layer.times)}{''.join(map(_link, service.grids))}{addresses}</Layer>"
    )


def _dimension(times: Sequence[str]) -> str:
    """Return the time as a dimension of a layer, of which the default is all of it."""
    if not times:
        return ""
    values = "".join(f"<Value>{text(each)}</Value>" for each in (EVER, *times))
    unit = "<UnitSymbol>ISO8601</UnitSymbol>"
    return f"<Dimension><ows:Identifier>time</ows:Identifier>{unit}<Default>{EVER}</Default>{values}</Dimension>"


def _template(address: str) -> str:
    """Return an address as WMTS has it, which knows fewer names than there are."""
    for ours, theirs in {"tileMatrixSetId": "TileMatrixSet", "z": "TileMatrix", "x": "TileCol", "y": "TileRow"}.items():
        address = address.replace(f"{{{ours}}}", f"{{{theirs}}}")
    return address


def _box(grid: WmtsGrid) -> str:
    """Return where the layer lies in a grid's CRS: its corners in degrees do not tell it around a pole."""
    left, bottom, right, top = grid.bounds
    corners = ((left, bottom), (right, top))
    lower, upper = (corner[::-1] if grid.matrix_set.is_northing_first else corner for corner in corners)
    return (
        f"<ows:BoundingBox crs={attribute(grid.matrix_set.urn or '')}>"
        f"<ows:LowerCorner>{lower[0]!r} {lower[1]!r}</ows:LowerCorner>"
        f"<ows:UpperCorner>{upper[0]!r} {upper[1]!r}</ows:UpperCorner></ows:BoundingBox>"
    )


def _link(grid: WmtsGrid) -> str:
    limits = "".join(
        f"<TileMatrixLimits><TileMatrix>{each.matrix.z}</TileMatrix>"
        f"<MinTileRow>{each.first_row}</MinTileRow><MaxTileRow>{each.last_row}</MaxTileRow>"
        f"<MinTileCol>{each.first_column}</MinTileCol><MaxTileCol>{each.last_column}</MaxTileCol></TileMatrixLimits>"
        for each in grid.limits
    )
    return (
        f"<TileMatrixSetLink><TileMatrixSet>{text(grid.matrix_set.id)}</TileMatrixSet>"
        f"<TileMatrixSetLimits>{limits}</TileMatrixSetLimits></TileMatrixSetLink>"
    )


def _matrix_set(grid: WmtsGrid) -> str:
    matrix_set, known = grid.matrix_set, ""
    if matrix_set.id == WEB_MERCATOR_QUAD:
        known = "<WellKnownScaleSet>urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible</WellKnownScaleSet>"
    matrices = "".join(_matrix(matrix_set, each.matrix) for each in grid.limits)
    return (
        f"<TileMatrixSet><ows:Title>{text(matrix_set.title)}</ows:Title>"
        f"<ows:Identifier>{text(matrix_set.id)}</ows:Identifier>"
        f"<ows:SupportedCRS>{text(matrix_set.urn or '')}</ows:SupportedCRS>{known}{matrices}</TileMatrixSet>"
    )


def _matrix(matrix_set: TileMatrixSet, matrix: TileMatrix) -> str:
    corner = matrix.top_left[::-1] if matrix_set.is_northing_first else matrix.top_left
    return (
        f"<TileMatrix><ows:Identifier>{matrix.z}</ows:Identifier>"
        f"<ScaleDenominator>{matrix_set.scale_denominator(matrix)!r}</ScaleDenominator>"
        f"<TopLeftCorner>{corner[0]!r} {corner[1]!r}</TopLeftCorner>"
        f"<TileWidth>{matrix.tile_width}</TileWidth><TileHeight>{matrix.tile_height}</TileHeight>"
        f"<MatrixWidth>{matrix.width}</MatrixWidth><MatrixHeight>{matrix.height}</MatrixHeight></TileMatrix>"
    )
