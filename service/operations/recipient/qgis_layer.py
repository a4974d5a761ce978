"""A QGIS layer definition (.qlr): dragged into QGIS, it is a layer.

Of WMTS, whose capabilities say where the layer lies: QGIS takes XYZ tiles to cover the world, whatever the definition
says. What WMTS has no layer for, such as a picture that the recipient made up, is one of XYZ tiles all the same.
"""

import hashlib
from typing import Final
from urllib.parse import quote

from service.operations.recipient.map_style import StyleSource
from service.operations.recipient.xml_text import attribute, text
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD
from tiling.geometry.zooms import WORLD, mercator_y

WEB_MERCATOR_SRS: Final = (
    "<srs><spatialrefsys><proj4>+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m "
    "+nadgrids=@null +wktext +no_defs</proj4><srid>3857</srid><authid>EPSG:3857</authid>"
    "<description>WGS 84 / Pseudo-Mercator</description><projectionacronym>merc</projectionacronym>"
    "<ellipsoidacronym>EPSG:7030</ellipsoidacronym><geographicflag>false</geographicflag></spatialrefsys></srs>"
)
PICTURE: Final = '<pipe><rasterrenderer type="singlebandcolordata" band="1" opacity="1" alphaBand="-1"/></pipe>'
"""Colours as they come; heights are left to QGIS."""


def qgis_layer(source: StyleSource) -> str:
    """Return the document. A terrain profile is read as heights, which QGIS shades in 3-D views."""
    place, id_ = _datasource(source), f"tilegate_{hashlib.blake2b(source.tiles.encode(), digest_size=8).hexdigest()}"
    west, south, east, north = source.bounds
    left, right = (lon / 360.0 * WORLD for lon in (west, east))
    return (
        "<!DOCTYPE qgis-layer-definition>\n<qlr>"
        '<layer-tree-group name="" checked="Qt::Checked" expanded="1"><customproperties/>'
        f'<layer-tree-layer id={attribute(id_)} name={attribute(source.name)} providerKey="wms" '
        f'source={attribute(place)} checked="Qt::Checked" expanded="1"><customproperties/></layer-tree-layer>'
        "</layer-tree-group><maplayers>"
        '<maplayer type="raster" minScale="1e+08" maxScale="0" hasScaleBasedVisibilityFlag="0" '
        'refreshOnNotifyEnabled="0" autoRefreshEnabled="0" styleCategories="AllStyleCategories">'
        f"<extent><xmin>{left!r}</xmin><ymin>{mercator_y(south)!r}</ymin>"
        f"<xmax>{right!r}</xmax><ymax>{mercator_y(north)!r}</ymax></extent>"
        f"<id>{text(id_)}</id><datasource>{text(place)}</datasource><layername>{text(source.name)}</layername>"
        f"<attribution href={attribute(source.license_url)}>{text(source.credit)}</attribution>"
        f"{WEB_MERCATOR_SRS}<provider>wms</provider>"
        f"{'' if source.profile.is_terrain else PICTURE}<blendMode>0</blendMode></maplayer></maplayers></qlr>\n"
    )


def _datasource(source: StyleSource) -> str:
    """Return what QGIS' provider for tiles takes: a query, with an address percent-encoded in it.

    Heights are XYZ tiles, too: of those alone QGIS takes word for how they are packed into colours.
    """
    return _xyz(source) if source.profile.is_terrain or not source.wmts else _wmts(source)


def _wmts(source: StyleSource) -> str:
    parts = {
        "contextualWMSLegend": "0",
        "crs": "EPSG:3857",
        "dpiMode": "7",
        "format": "image/png",
        "layers": source.profile.id,
        "styles": "default",
        "tileMatrixSet": WEB_MERCATOR_QUAD,
        "url": quote(source.wmts, safe=""),
    }
    return "&".join(f"{name}={value}" for name, value in parts.items())


def _xyz(source: StyleSource) -> str:
    parts = {
        "type": "xyz",
        "url": quote(source.tiles, safe="/:{}"),
        "zmin": str(source.minzoom),
        "zmax": str(source.maxzoom),
        "crs": "EPSG:3857",
        "tilePixelRatio": "2" if source.tilesize == 512 else "1",  # noqa: PLR2004 - twice as fine
    }
    if source.profile.is_terrain:
        parts["interpretation"] = "maptilerterrain" if source.profile.algorithm == "terrainrgb" else "terrariumterrain"
    return "&".join(f"{name}={value}" for name, value in parts.items())
