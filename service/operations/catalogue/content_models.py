"""Content that the catalogue itself holds (a text, a map), and what recipients get of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from service.catalogue.item import ItemKind
from service.operations.catalogue.annotations import parse_annotations
from service.operations.core.fields import Identifier, Name
from service.operations.core.operation import Request, Response
from tiling.files.small_files import MAX_TEXT_BYTES
from tiling.models import Profile

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Opacity = Annotated[float, Field(ge=0, le=1)]
LAYER_PROFILE = "The one that recipients see; default: they choose among those of the item"
Annotations = Annotated[
    dict[str, Any],
    BeforeValidator(parse_annotations),
    WithJsonSchema({"type": "object", "title": "GeoJSON FeatureCollection"}),
    Field(description="GeoJSON FeatureCollection; the properties label, note (markdown) and color (#rrggbb) are shown"),
]
Basemap = Annotated[
    Literal["graticule", "none"], Field(description="Lines of longitude and latitude, or nothing: no other server")
]


def _of_bounded_size(text: str) -> str:
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise ValueError(f"a text must have at most {MAX_TEXT_BYTES} bytes of UTF-8")
    return text


class TextContent(Request):
    """A text that lies in no file."""

    markdown: Annotated[str, Field(min_length=1), AfterValidator(_of_bounded_size)]


class Camera(Request):
    """Where a map is looked at from. Degrees; zoom as in tiles of 512 pixels, which MapLibre counts."""

    center: Annotated[tuple[Longitude, Latitude], Field(description="Longitude, latitude")]
    zoom: Annotated[float, Field(ge=0, le=24)]
    bearing: Annotated[float, Field(ge=-360, le=360, description="Clockwise from the north")] = 0
    pitch: Annotated[float, Field(ge=0, le=85, description="Away from looking straight down")] = 0


class MapLayer(Request):
    """A raster or a collection of the same project."""

    item_id: Identifier | None = None
    collection_id: Identifier | None = None
    name: Name | None = Field(None, description="Default: that of the item or collection")
    profile: Annotated[Identifier | None, Field(description=LAYER_PROFILE)] = None
    opacity: Opacity = 1
    visible: bool = Field(True, description="Whether it is shown at first")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.item_id is None) == (self.collection_id is None):
            raise ValueError("a layer must have either an item_id or a collection_id")
        return self

    @property
    def target_id(self) -> str:
        """What `item` picks it by."""
        return self.item_id or self.collection_id or ""


class MapContent(Request):
    """A saved view. Without a camera it shows all of its layers."""

    layers: Annotated[tuple[MapLayer, ...], Field(min_length=1, max_length=50, description="The first one on top")]
    camera: Camera | None = None
    basemap: Basemap = "graticule"
    annotations: Annotations | None = None


def _parsed(value: object, _: ValidatorFunctionWrapHandler) -> TextContent | MapContent:
    """Tell the two apart by their fields, so that errors are about the one that was meant, and no other."""
    if isinstance(value, TextContent | MapContent):
        return value
    if not isinstance(value, dict) or not {"markdown", "layers"} & value.keys():
        raise ValueError('content must be {"markdown": …} or {"layers": […], …}')
    return (TextContent if "markdown" in value else MapContent).model_validate(value)


Content: TypeAlias = Annotated[
    TextContent | MapContent,
    WrapValidator(_parsed),
    Field(description="Of a text or a map that lies in no file"),
]


class SharedText(Response):
    """A text as it was written, and as HTML that is safe to insert: without scripts, styles, pictures."""

    markdown: str
    html: str


class SharedImage(Response):
    """A picture; `url` loads it, at most 4096 pixels on the longer side, without the file's metadata."""

    url: str
    width: int
    height: int
    media_type: str
    """Of the file; what the URL answers says its own."""
    is_animated: bool


class SharedLayer(Response):
    """A layer of a shared map. Bounds are degrees west, south, east, north (WGS 84)."""

    id: str
    """What `item` picks it by."""
    type: Literal["item", "collection"]
    name: str
    opacity: float
    visible: bool
    profile: str
    """The one that it is shown in."""
    profiles: tuple[Profile, ...]
    """Those that may be used."""
    bounds: tuple[float, float, float, float]
    minzoom: int
    maxzoom: int
    tiles: str
    tilejson: str


class SharedMap(Response):
    """A saved view, with what is still there of its layers, the first one on top."""

    bounds: tuple[float, float, float, float] | None
    camera: Camera | None
    basemap: str
    layers: tuple[SharedLayer, ...]
    annotations: dict[str, Any] | None
    """GeoJSON; each note is there as safe HTML, too: `note_html`."""


class SharedContent(Response):
    """One of text, image and map, by kind."""

    kind: ItemKind
    name: str
    description: str
    text: SharedText | None = None
    image: SharedImage | None = None
    map: SharedMap | None = None
