"""The GET forms in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from service.api.openapi.file_paths import file_paths
from service.api.openapi.parts import BINARY, PAGE, TOKEN, TOLD_TO_PEOPLE, get, image, parameter

RECIPIENT_ANSWERS = (
    "share.tilejson",
    "share.tile.info",
    "share.profiles.list",
    "share.content.get",
    "share.file.list",
    "share.file.stat",
    "share.tile.statistics",
    "share.tile.point",
    "share.tile.legend",
)
IMAGES = {"200": image("The image"), "204": {"description": "A tile without data"}, "304": {"description": "Held"}}
SHARE_PAGE = PAGE | {"content": {**PAGE["content"], "application/json": {"schema": {"type": "object"}}}}
STAC = {
    "description": "An item, or a collection",
    "content": {kind: {"schema": {"type": "object"}} for kind in ("application/geo+json", "application/json")},
}
STYLE = {"description": "A MapLibre style", "content": {"application/json": {"schema": {"type": "object"}}}}
PROFILE = parameter("profile", "string", "query", "Default: the item's default profile")
RENDER = [
    parameter(name, "string", "query", f"{what}; for links with `custom_render`")
    for name, what in {
        "bidx": "A band from 1, repeated for red, green and blue",
        "expression": "Band maths",
        "rescale": "min,max; repeated for each band",
        "colormap_name": "A colormap by name, or `colormap` as JSON",
        "algorithm": "hillshade, terrainrgb or terrarium",
        "resampling": "As profiles have it",
        "nodata": "A number, or nan",
    }.items()
]
IMAGE_FORMAT = parameter("format", "string", "path", "png, jpg or webp")
BBOX = [
    parameter("bbox", "string", "query", "west,south,east,north"),
    parameter("crs", "string", "query", "Of the bbox; default EPSG:4326"),
]


def recipient_paths(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the GET forms; `answers` are those of the operations that they are forms of."""
    page = get(
        "The share page; with `Accept: application/json` what it shows", [TOKEN], {"200": SHARE_PAGE, **TOLD_TO_PEOPLE}
    )
    return (
        {"/s/{token}": {"get": page}}
        | _embed_paths()
        | _image_paths()
        | _description_paths(answers)
        | _value_paths(answers)
        | file_paths(answers["share.file.list"], answers["share.file.stat"])
    )


def _embed_paths() -> dict[str, Any]:
    key_id = parameter("key_id", "string", "query", "The id of a named key that is bound to web origins")
    address = parameter("url", "string", "query", "The whole address of a page of a link, its fragment included")
    rooms = [parameter(name, "integer", "query", "CSS pixels") for name in ("maxwidth", "maxheight")]
    answer = {"description": "oEmbed 1.0", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "/s/{token}/embed": {
            "get": get(
                "A bare page for frames; with `Accept: application/json` what it shows, for that key",
                [TOKEN, key_id | {"required": True}],
                {"200": SHARE_PAGE, **TOLD_TO_PEOPLE},
            )
        },
        "/oembed": {
            "get": get(
                "oEmbed: a frame for the address of a bare page",
                [address | {"required": True}, parameter("format", "string", "query", "json"), *rooms],
                {"200": answer},
            )
        },
    }


def _image_paths() -> dict[str, Any]:
    tile = [*(parameter(name, "integer") for name in ("z", "x", "y")), IMAGE_FORMAT]
    grid = parameter("tileMatrixSetId", "string", "path", "WebMercatorQuad, UPSArcticWGS84Quad, …")
    empty = parameter("empty", "string", "query", "transparent: draw a tile without data instead of answering 204")
    size = parameter("size", "integer", "query", "Pixels of the longer side, at most 2048; default 512")
    return {
        "/s/{token}/{z}/{x}/{y}.{format}": {
            "get": get("A map tile; @2x before the dot: 512 pixels", [TOKEN, *tile, PROFILE, empty, *RENDER], IMAGES)
        },
        "/s/{token}/tiles/{tileMatrixSetId}/{z}/{x}/{y}.{format}": {
            "get": get(
                "A map tile of another grid that the link offers; @2x before the dot: twice as many pixels on a side",
                [TOKEN, grid, *tile, PROFILE, empty, *RENDER],
                IMAGES,
            )
        },
        "/s/{token}/basemap/{z}/{x}/{y}.{format}": {
            "get": get("A tile of the operator's base map; it is not metered", [TOKEN, *tile], IMAGES)
        },
        "/s/{token}/preview.{format}": {
            "get": get("A picture of the whole raster", [TOKEN, IMAGE_FORMAT, PROFILE, size, *RENDER], IMAGES)
        },
    }


def _description_paths(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    tilesize = parameter("tilesize", "integer", "query", "256 or 512 pixels; default 256")
    tile_format = IMAGE_FORMAT | {"in": "query", "required": False}
    item = parameter("item", "string", "query", "One layer of a map, or one item of a collection")
    return {
        "/s/{token}/tilejson.json": {
            "get": get(
                "TileJSON 3.0.0", [TOKEN, PROFILE, tile_format, tilesize, *RENDER], {"200": answers["share.tilejson"]}
            )
        },
        "/s/{token}/info": {"get": get("What the raster is", [TOKEN], {"200": answers["share.tile.info"]})},
        "/s/{token}/profiles": {"get": get("The ways to render it", [TOKEN], {"200": answers["share.profiles.list"]})},
        "/s/{token}/content": {
            "get": get(
                "A text, where a picture is, or what a map shows", [TOKEN, item], {"200": answers["share.content.get"]}
            )
        },
    }


def _value_paths(answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    rendered = [TOKEN, PROFILE, *RENDER]
    place = [parameter("lon", "number"), parameter("lat", "number"), parameter("crs", "string", "query", "Of both")]
    categorical = parameter("categorical", "boolean", "query", "Count the pixels of each value as well")
    crop = [
        parameter("format", "string", "path", "png, jpg, webp or tif"),
        *BBOX,
        parameter("max_size", "integer", "query", "Pixels of the longer side"),
        parameter("dst_crs", "string", "query", "Of a GeoTIFF: EPSG:3857 or EPSG:4326; default: the raster's own"),
    ]
    return {
        "/s/{token}/statistics": {
            "get": get(
                "What the values are like", [*rendered, *BBOX, categorical], {"200": answers["share.tile.statistics"]}
            )
        },
        "/s/{token}/point/{lon},{lat}": {
            "get": get("The values of a place", [*rendered, *place], {"200": answers["share.tile.point"]})
        },
        "/s/{token}/crop.{format}": {"get": get("A part of it", [*rendered, *crop], IMAGES)},
        "/s/{token}/legend.json": {
            "get": get("What the colours mean", rendered, {"200": answers["share.tile.legend"]})
        },
        "/s/{token}/legend.png": {"get": get("The same as a picture", rendered, {"200": _file("image/png")})},
        "/s/{token}/WMTSCapabilities.xml": {
            "get": get("For WMTS clients, with a key inside", [TOKEN], {"200": _file("application/xml")})
        },
        "/s/{token}/stac": {
            "get": get(
                "A STAC item, or a collection that leads to its items, with a key inside",
                [TOKEN, parameter("item", "string", "query", "One item of a collection or a bundle")],
                {"200": STAC},
            )
        },
        "/s/{token}/style.json": {"get": get("For MapLibre, with a key inside", rendered, {"200": STYLE})},
        "/s/{token}/layer.qlr": {
            "get": get("For QGIS, with a key inside", rendered, {"200": _file("application/x-qgis-layer-definition")})
        },
    }


def _file(media_type: str) -> dict[str, Any]:
    return {"description": "The file", "content": {media_type: BINARY}}
