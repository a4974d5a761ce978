"""Archives are read as their makers meant them, and agree with the `pmtiles` package."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, Entry, TileType, deserialize_directory, serialize_directory

from tests.archives import BOUNDS, METADATA, picture, raster_archive, vector_archive, vector_tile, write_archive
from tiling.archives.archive import Archive, read_stored
from tiling.archives.directory import Directory
from tiling.archives.stored_tile import render_stored
from tiling.archives.tile_format import TileFormat
from tiling.archives.tileset import inspect_archive, looks_like_archive
from tiling.errors import SourceChanged, SourceGone
from tiling.files.raster_source import RasterSource
from tiling.files.rooted_file import look_at
from tiling.geometry.clip import Clip
from tiling.models import TileAddress
from tiling.overlay import Finish
from tiling.watermark import Watermark

if TYPE_CHECKING:
    from pathlib import Path


def source_of(path: Path) -> RasterSource:
    return RasterSource.beneath(look_at(str(path.parent), (path.name,)))


def test_a_vector_archive_says_where_it_lies_and_what_layers_it_has(tmp_path: Path) -> None:
    found = inspect_archive(source_of(vector_archive(tmp_path / "roads.bin")))
    assert found.format is TileFormat.MVT
    assert found.bounds == BOUNDS
    assert (found.minzoom, found.maxzoom) == (0, 3)
    assert found.center == (10.0, 10.0, 1)
    assert [(layer.id, layer.fields) for layer in found.vector_layers] == [("roads", (("name", "String"),))]
    assert found.attribution == "© Makers"
    assert found.warnings == ()


def test_archives_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "notes.pmtiles").write_text("no archive")
    assert looks_like_archive(source_of(vector_archive(tmp_path / "roads.bin")))
    assert not looks_like_archive(source_of(tmp_path / "notes.pmtiles"))


def test_every_tile_is_what_the_package_reads(tmp_path: Path) -> None:
    path = vector_archive(tmp_path / "a.pmtiles", maxzoom=3)
    source, reader = source_of(path), Reader(MemorySource(path.read_bytes()))
    for z in range(5):
        for x in range(2**z):
            for y in range(2**z):
                assert read_stored(source, z, x, y) == reader.get(z, x, y), (z, x, y)


def test_tiles_in_leaves_are_found(tmp_path: Path) -> None:
    drawn = random.Random(1)
    places = [(8, x, y) for x in range(256) for y in range(128) if x > 1 and drawn.random() < 0.4]
    tiles = {place: drawn.randbytes(drawn.randint(1, 400)) for place in places}
    path = write_archive(tmp_path / "a.pmtiles", tiles, compression=Compression.NONE)
    archive = Archive(source_of(path))
    assert archive.root.leaves()
    for (z, x, y), data in list(tiles.items())[::97]:
        assert archive.tile(z, x, y) == data
    assert archive.tile(8, 1, 1) is None
    assert inspect_archive(source_of(path)).minzoom == 8


entries = st.lists(
    st.tuples(st.integers(1, 2**40), st.integers(1, 9), st.integers(1, 2**31), st.booleans()), min_size=1, max_size=60
)


@given(entries)
@settings(max_examples=60, deadline=None)
def test_directories_are_read_as_the_package_writes_and_reads_them(drawn: list[tuple[int, int, int, bool]]) -> None:
    found, tile_id, offset = list[Entry](), 0, 0
    for step, run, length, follows in drawn:
        offset = offset if follows else offset + step
        found.append(Entry(tile_id, offset, length, run))
        tile_id, offset = tile_id + run - 1 + step, offset + length
    packed = serialize_directory(found)
    ours, theirs = Directory.of(gzip.decompress(packed)), deserialize_directory(packed)
    assert ours.tile_ids.tolist() == [entry.tile_id for entry in theirs]
    assert ours.runs.tolist() == [entry.run_length for entry in theirs]
    assert ours.lengths.tolist() == [entry.length for entry in theirs]
    assert ours.offsets.tolist() == [entry.offset for entry in theirs]


def test_features_go_out_packed_to_who_can_unpack_them(tmp_path: Path) -> None:
    source = source_of(vector_archive(tmp_path / "a.pmtiles"))
    address = TileAddress(z=1, x=0, y=0)
    packed = render_stored(source, address, TileFormat.MVT, is_gzip=True)
    plain = render_stored(source, address, TileFormat.MVT)
    assert packed.encoding == "gzip"
    assert plain.encoding == ""
    assert plain.body == gzip.decompress(packed.body or b"") == vector_tile("t100")
    assert render_stored(source, TileAddress(z=1, x=1, y=1), TileFormat.MVT).body is None


@pytest.mark.parametrize("kind", [TileType.PNG, TileType.JPEG, TileType.WEBP, TileType.AVIF])
def test_pictures_are_sent_as_they_are_stored(tmp_path: Path, kind: TileType) -> None:
    path = raster_archive(tmp_path / "a.pmtiles", kind=kind)
    tile_format = inspect_archive(source_of(path)).format
    tile = render_stored(source_of(path), TileAddress(z=0, x=0, y=0), tile_format)
    assert tile.body == picture({TileType.JPEG: "JPEG"}.get(kind, kind.name))
    assert (tile.width, tile.height) == (256, 256)


def test_an_area_cuts_pictures_and_hides_those_outside(tmp_path: Path) -> None:
    source = source_of(raster_archive(tmp_path / "a.pmtiles"))
    square = (((-90.0, 10.0), (-10.0, 10.0), (-10.0, 60.0), (-90.0, 60.0), (-90.0, 10.0)),)
    finish = Finish(clip=Clip.of((square,)))
    cut = render_stored(source, TileAddress(z=1, x=0, y=0), TileFormat.PNG, finish)
    assert cut.body is not None
    assert cut.body != picture()
    assert render_stored(source, TileAddress(z=1, x=1, y=0), TileFormat.PNG, finish).body is None


def test_a_watermark_is_drawn_across_pictures(tmp_path: Path) -> None:
    source = source_of(raster_archive(tmp_path / "a.pmtiles"))
    marked = render_stored(source, TileAddress(z=0, x=0, y=0), TileFormat.PNG, Finish(watermark=Watermark(text="MINE")))
    assert marked.body not in {None, picture()}


def test_a_replaced_archive_is_noticed(tmp_path: Path) -> None:
    path = vector_archive(tmp_path / "a.pmtiles")
    source = source_of(path)
    assert read_stored(source, 0, 0, 0)
    vector_archive(tmp_path / "b.pmtiles", maxzoom=1).rename(path)
    with pytest.raises(SourceChanged):
        read_stored(source, 0, 0, 0)
    assert read_stored(source_of(path), 0, 0, 0)
    path.unlink()
    with pytest.raises((SourceGone, SourceChanged)):
        read_stored(source, 1, 0, 0)


def test_metadata_is_told_within_bounds(tmp_path: Path) -> None:
    layers = [{"id": f"layer{n}", "fields": {f"f{m}": "Number" for m in range(300)}} for n in range(300)]
    odd = {"id": "ok", "minzoom": -5, "maxzoom": 99, "fields": 3}
    said = {**METADATA, "vector_layers": [{"id": 5}, "x", {"id": "a" * 5000}, {"id": "layer0"}, odd, *layers]}
    path = write_archive(tmp_path / "a.pmtiles", {(2, 0, 0): b"x"}, metadata=said)
    found = inspect_archive(source_of(path)).vector_layers
    assert len(found) <= 100
    assert found[0].id == "layer0"
    ok = next(layer for layer in found if layer.id == "ok")
    assert (ok.minzoom, ok.maxzoom, ok.fields) == (2, 2, ())
    assert sum(len(layer.fields) for layer in found) <= 500


def test_bounds_that_are_no_box_are_told_as_the_earth(tmp_path: Path) -> None:
    found = inspect_archive(source_of(write_archive(tmp_path / "a.pmtiles", {(0, 0, 0): b"x"}, bounds=(10, 0, 5, 1))))
    assert found.bounds[0] == -180
    assert any("bounds" in warning for warning in found.warnings)


def test_tiles_that_are_not_compressed_are_never_said_to_be(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.pmtiles", {(0, 0, 0): vector_tile()}, compression=Compression.NONE)
    tile = render_stored(source_of(path), TileAddress(z=0, x=0, y=0), TileFormat.MVT, is_gzip=True)
    assert (tile.body, tile.encoding) == (vector_tile(), "")
