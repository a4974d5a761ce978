"""What an archive holds, for who registers it and for the maps that show it."""

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import nh3
from pmtiles.tile import tileid_to_zxy

from tiling.archives.archive import TILE_BYTES, Archive
from tiling.archives.directory import Directory
from tiling.archives.header import FIRST_BYTES, WHOLE_EARTH, is_archive
from tiling.archives.inflate import inflate
from tiling.archives.stored_tile import picture_size
from tiling.archives.tile_format import TileFormat
from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import ContentRefused
from tiling.files.last_read import READING
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import read_first
from tiling.geometry.union import Extent
from tiling.models import MAX_ZOOM, Bounds

METADATA_BYTES: Final = 8 * 2**20
"""Of the metadata, unpacked."""
MOST_LAYERS: Final = 100
MOST_FIELDS: Final = 200
"""Of a layer."""
MOST_TOLD: Final = 500
"""Fields of all layers together."""
LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 300
LEAVES_CHECKED: Final = 256
"""Directories below the root's that registering reads; all others are checked when a tile needs them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorLayer:
    """A layer of vector tiles, as TileJSON 3.0.0 has it."""

    id: str
    description: str
    minzoom: int
    maxzoom: int
    fields: tuple[tuple[str, str], ...]
    """Names of attributes, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TilesetDescription:
    """What registering an archive learns about it."""

    format: TileFormat
    bounds: Bounds
    """Degrees (WGS 84), west < east."""
    center: tuple[float, float, int]
    """Longitude, latitude and zoom."""
    minzoom: int
    maxzoom: int
    tilesize: int
    """Pixels of a side of a picture; 0 for vector tiles."""
    vector_layers: tuple[VectorLayer, ...]
    """Of vector tiles."""
    attribution: str
    """A text without markup, as the archive's metadata has it; may be empty."""
    warnings: tuple[str, ...]
    """For the person who registers it."""

    @property
    def extent(self) -> Extent:
        """Where it lies."""
        return Extent(
            footprint=self.bounds,
            bounds=self.bounds,
            center=self.center,
            minzoom=self.minzoom,
            maxzoom=self.maxzoom,
        )


def looks_like_archive(source: RasterSource) -> bool:
    """Whether a file begins as PMTiles archives do. Blocks. Raises SourceGone, SourceChanged, SourceUnreadable."""
    return is_archive(read_first(source, FIRST_BYTES))


def inspect_archive(source: RasterSource, deadline: Deadline = NO_DEADLINE) -> TilesetDescription:
    """Describe an archive. Blocks. Raises ContentRefused with the reason, SourceGone, SourceChanged, ….

    What the header says of zooms and bounds is told only as far as the directories bear it out.
    """
    before = READING.begin(source)
    try:
        archive = Archive(source)
        _check_leaves(archive, deadline)
        return _described(archive, _metadata(archive))
    finally:
        READING.end(before)


def _described(archive: Archive, metadata: dict[str, Any]) -> TilesetDescription:
    header, warnings = archive.header, list[str]()
    minzoom, maxzoom = _zooms(archive)
    bounds = header.bounds
    if bounds is None:
        warnings.append("The archive's bounds are no box on Earth: its map shows all of the Earth.")
    bounds = bounds or WHOLE_EARTH
    center = header.center or ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2, minzoom)
    layers = _layers(metadata, (minzoom, maxzoom)) if header.format.is_vector else ()
    if header.format.is_vector and not layers:
        warnings.append("The archive's metadata names no vector_layers: maps cannot know what to draw.")
    return TilesetDescription(
        format=header.format,
        bounds=bounds,
        center=(center[0], center[1], min(max(center[2], minzoom), maxzoom)),
        minzoom=minzoom,
        maxzoom=maxzoom,
        tilesize=_tilesize(archive),
        vector_layers=layers,
        attribution=nh3.clean(_text(metadata.get("attribution"), LONGEST_TEXT), tags=set()),
        warnings=tuple(warnings),
    )


def _check_leaves(archive: Archive, deadline: Deadline) -> None:
    """Read the first directories below the root's. Raises ContentRefused, OutOfTime."""
    for entry in islice(archive.root.leaves(), LEAVES_CHECKED):
        deadline.check()
        archive.leaf(entry)


def _zooms(archive: Archive) -> tuple[int, int]:
    """Return the zooms of the first tile and of the last one, by the directories, which are in their order."""
    first, last = archive.root, archive.root
    for _ in range(3):
        last = _last_leaf(archive, last) or last
    lowest, highest = int(first.tile_ids[0]), int(last.tile_ids[-1] + max(int(last.runs[-1]), 1) - 1)
    maxzoom = min(tileid_to_zxy(highest)[0], MAX_ZOOM)
    return min(tileid_to_zxy(lowest)[0], maxzoom), maxzoom


def _tilesize(archive: Archive) -> int:
    """Return how many pixels a side of the first picture has; 0 for vector tiles. Raises ContentRefused, …."""
    tile_format, tile_id = archive.header.format, int(archive.root.tile_ids[0])
    stored = archive.tile(*tileid_to_zxy(tile_id))
    if stored is None:
        raise ContentRefused("the first tile that its root directory names is not there")
    body = inflate(stored, TILE_BYTES, "a tile of it") if archive.header.is_gzip else stored
    return 0 if tile_format.is_vector else max(picture_size(body, tile_format))


def _last_leaf(archive: Archive, directory: Directory) -> Directory | None:
    if directory.runs[-1] != 0:
        return None
    return archive.leaf(directory.leaves()[-1])


def _metadata(archive: Archive) -> dict[str, Any]:
    text = archive.metadata(METADATA_BYTES)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ContentRefused("its metadata is not JSON") from exc
    if not isinstance(found, dict):
        raise ContentRefused("its metadata is not a JSON object")
    return found


def _layers(metadata: dict[str, Any], zooms: tuple[int, int]) -> tuple[VectorLayer, ...]:
    """Return the layers that metadata names, each once: as many as a map can use, with names cut to a length."""
    said, layers, left = metadata.get("vector_layers"), dict[str, VectorLayer](), MOST_TOLD
    for one in said[:MOST_LAYERS] if isinstance(said, list) else ():
        name = one.get("id") if isinstance(one, dict) else None
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or name in layers or not _is_text(name):
            continue
        fields = _fields(one.get("fields"))[:left]
        left -= len(fields)
        lowest, highest = (_zoom(one.get(end), zooms, number) for number, end in enumerate(("minzoom", "maxzoom")))
        layers[name] = VectorLayer(
            id=name,
            description=_text(one.get("description"), LONGEST_TEXT),
            minzoom=min(lowest, highest),
            maxzoom=highest,
            fields=fields,
        )
    return tuple(layers.values())


def _fields(said: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(said, dict):
        return ()
    return tuple(
        (_text(name, LONGEST_NAME), _text(kind, LONGEST_NAME)) for name, kind in islice(said.items(), MOST_FIELDS)
    )


def _zoom(said: object, zooms: tuple[int, int], number: int) -> int:
    if type(said) is not int or not zooms[0] <= said <= zooms[1]:
        return zooms[number]
    return said


def _text(said: object, longest: int) -> str:
    """Return a text as it can be stored and sent: no NUL, no half of a pair."""
    if not isinstance(said, str):
        return ""
    return said[:longest].replace("\0", "").encode("utf-8", "ignore").decode()


def _is_text(name: str) -> bool:
    return _text(name, LONGEST_NAME) == name
