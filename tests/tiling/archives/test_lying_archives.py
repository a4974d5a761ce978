"""Archives that lie are refused with a reason, in bounded time and memory."""

from __future__ import annotations

import gc
import gzip
import time
import tracemalloc
import weakref
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pmtiles.tile import Compression, Entry, TileType, serialize_directory

from tests.archives import bomb, lying_archive, picture, set_byte, varints, vector_archive, write_archive
from tests.tiling.archives.test_archives import source_of
from tests.tiling.gate.hostile import progressive_jpeg
from tiling.archives.archive import MEMORY, Archive, OpenArchives
from tiling.archives.directory import LARGEST_TILE_ID, Directory
from tiling.archives.stored_tile import render_stored
from tiling.archives.tile_format import TileFormat
from tiling.archives.tileset import inspect_archive
from tiling.errors import ContentRefused, SourceUnreadable, TilingError
from tiling.models import TileAddress

if TYPE_CHECKING:
    from pathlib import Path

HUGE = 2**64 - 1
CHUNK = b"\0\0\0\0abCd" + zlib.crc32(b"abCd").to_bytes(4, "big")
LEAF = serialize_directory([Entry(0, 0, 10, 1)])


def packed(*numbers: int) -> bytes:
    return gzip.compress(varints(*numbers))


LIES: dict[str, dict[str, Any]] = {
    "root-beyond-16-kib": {"root_offset": 16_000, "root_length": 1000, "tiles": b"x" * 20_000},
    "root-near-2-64": {"root_offset": HUGE - 5, "root_length": 10},
    "root-of-no-length": {"root_length": 0},
    "root-in-the-header": {"root_offset": 0},
    "tiles-beyond-the-file": {"tile_data_length": 10_000},
    "tiles-near-2-64": {"tile_data_offset": HUGE, "tile_data_length": HUGE},
    "leaves-beyond-the-file": {"leaf_directory_offset": HUGE - 10, "leaf_directory_length": 10},
    "metadata-beyond-the-file": {"metadata_length": 2**40},
    "metadata-bomb": {"metadata": bomb(64 * 2**20)},
    "metadata-no-json": {"metadata": gzip.compress(b"{" * 100_000)},
    "metadata-a-list": {"metadata": gzip.compress(b"[" * 100_000 + b"]" * 100_000)},
    "zooms-the-wrong-way": {"min_zoom": 5, "max_zoom": 2},
    "zooms-beyond-30": {"max_zoom": 200},
    "brotli-inside": {"internal_compression": Compression.BROTLI},
    "zstd-tiles": {"tile_compression": Compression.ZSTD},
    "tiles-of-an-unknown-kind": {"tile_type": TileType.UNKNOWN},
    "root-bomb": {"root": bomb(12 * 2**20)},
    "root-no-gzip": {"root": b"nothing that is gzip"},
    "root-cut-off": {"root": LEAF[:-9]},
    "two-gzip-streams": {"root": LEAF + bomb(100)},
    "no-entries": {"root": packed(0)},
    "more-entries-than-there-are": {"root": packed(2**40, 1, 1, 1, 1)},
    "fewer-entries-than-there-are": {"root": packed(1, 0, 1, 10, 1, 7)},
    "numbers-of-ten-bytes": {"root": gzip.compress(b"\x01" + b"\xff" * 9 + b"\x01" + b"\x01\x0a\x01")},
    "half-a-number": {"root": gzip.compress(b"\x01\x00\x01\x0a\x81")},
    "a-tile-twice": {"root": packed(2, 5, 0, 1, 1, 10, 10, 1, 0)},
    "runs-that-overlap": {"root": packed(2, 5, 3, 4, 1, 10, 10, 1, 0)},
    "a-run-near-2-63": {"root": packed(2, 5, 3, 2**63 - 1, 1, 10, 10, 1, 0)},
    "tiles-that-wrap-around": {"root": packed(4, *[LARGEST_TILE_ID] * 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    "a-tile-beyond-zoom-30": {"root": packed(1, LARGEST_TILE_ID, 9, 10, 1)},
    "an-entry-of-no-length": {"root": packed(1, 0, 1, 0, 1)},
    "an-entry-beyond-the-file": {"root": [Entry(0, 95, 10, 1)]},
    "an-entry-near-2-63": {"root": packed(1, 0, 1, 10, 2**63 - 1)},
    "a-length-near-2-63": {"root": packed(1, 0, 1, 2**63 - 1, 1)},
    "an-entry-behind-nothing": {"root": packed(1, 0, 1, 10, 0)},
    "a-leaf-beyond-the-leaves": {"root": [Entry(0, 5, len(LEAF), 0)], "leaves": LEAF},
    "a-leaf-that-is-a-bomb": {"root": [Entry(0, 0, len(bomb(2**24)), 0)], "leaves": bomb(2**24)},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_archive_that_lies_is_refused_in_bounded_memory(tmp_path: Path, lie: dict[str, Any]) -> None:
    source = source_of(lying_archive(tmp_path / "a.pmtiles", **lie))
    tracemalloc.start()
    try:
        with pytest.raises(ContentRefused) as refused:
            inspect_archive(source)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()
    assert str(tmp_path) not in str(refused.value)


def test_leaves_in_circles_end(tmp_path: Path) -> None:
    leaf = serialize_directory([Entry(0, 0, 40, 0)])
    for length in range(20, 60):  # a leaf that leads to itself says its own length
        leaf = serialize_directory([Entry(0, 0, length, 0)])
        if len(leaf) == length:
            break
    source = source_of(lying_archive(tmp_path / "a.pmtiles", root=[Entry(0, 0, len(leaf), 0)], leaves=leaf))
    with pytest.raises(ContentRefused, match="circles"):
        Archive(source).tile(0, 0, 0)
    with pytest.raises(SourceUnreadable):
        render_stored(source, TileAddress(z=0, x=0, y=0), TileFormat.MVT)


@pytest.mark.parametrize(
    ("stored", "compression", "kind"),
    [
        (bomb(64 * 2**20), Compression.GZIP, TileType.MVT),
        (b"no gzip", Compression.GZIP, TileType.MVT),
        (gzip.compress(b"one") + bomb(100), Compression.GZIP, TileType.MVT),
        (b"<script>alert(1)</script>", Compression.NONE, TileType.PNG),
        (b"GIF89a" + bytes(100), Compression.NONE, TileType.WEBP),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Compression.NONE, TileType.PNG),
        (progressive_jpeg(64, 800), Compression.NONE, TileType.JPEG),
        (picture()[:33] + CHUNK * 20_000 + picture()[33:], Compression.GZIP, TileType.PNG),
    ],
    ids=["bomb", "no-gzip", "two-streams", "html", "gif", "half-a-png", "scans", "chunks"],
)
def test_a_tile_that_is_not_what_it_should_be_is_never_sent(
    tmp_path: Path, stored: bytes, compression: Compression, kind: TileType
) -> None:
    stored = gzip.compress(stored) if compression is Compression.GZIP and stored.startswith(b"\x89PNG") else stored
    path = lying_archive(
        tmp_path / "a.pmtiles",
        root=[Entry(0, 0, len(stored), 1)],
        tiles=stored,
        tile_type=kind,
        tile_compression=compression,
    )
    with pytest.raises(ContentRefused):
        inspect_archive(source_of(path))
    with pytest.raises(SourceUnreadable):
        render_stored(
            source_of(path), TileAddress(z=0, x=0, y=0), TileFormat[kind.name.replace("JPEG", "JPG")], is_gzip=True
        )


def most_entries(count: int = 250_000) -> bytes:
    return (
        varints(count, 0) + b"\x01" * (count - 1) + b"\x01" * count + b"\x05" * count + b"\x01" + b"\x00" * (count - 1)
    )


def test_small_archives_of_very_large_directories_are_not_all_kept_open(tmp_path: Path) -> None:
    tiles, archives, opened = b"x" * 5 * 250_000, OpenArchives(), list[weakref.ref[Archive]]()
    for number in range(8):
        path = lying_archive(tmp_path / f"{number}.pmtiles", root=gzip.compress(most_entries()), tiles=tiles)
        opened.append(weakref.ref(archives.get(source_of(path))))
    gc.collect()
    assert sum(archive.root.nbytes for each in opened if (archive := each()) is not None) <= MEMORY


def test_a_directory_of_the_most_entries_is_read_quickly() -> None:
    count = 250_000
    data = most_entries(count)
    begun = time.thread_time()
    directory = Directory.of(data)
    assert time.thread_time() - begun < 5
    assert directory.find(count - 1) is not None
    assert directory.find(count) is None


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_whatever_a_directory_holds_it_is_read_or_refused(data: bytes) -> None:
    try:
        directory = Directory.of(data)
    except ContentRefused:
        return
    assert (directory.lengths > 0).all()
    assert (directory.offsets >= 0).all()
    assert (directory.tile_ids[1:] > directory.tile_ids[:-1]).all()


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), max_size=6), st.integers(0, 1200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_archive_with_bytes_changed_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    path = vector_archive(tmp_path / "a.pmtiles", maxzoom=2)
    for place, value in changes:
        set_byte(path, place, value)
    if cut < 200:
        path.write_bytes(path.read_bytes()[:cut])
    source = source_of(path)
    for work in (
        lambda: inspect_archive(source),
        lambda: render_stored(source, TileAddress(z=2, x=1, y=1), TileFormat.MVT),
    ):
        with suppress(TilingError):
            work()


@given(st.dictionaries(st.sampled_from([*range(8, 96)]), st.integers(0, 255), max_size=12))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_header_says_it_is_read_or_refused(tmp_path: Path, changes: dict[int, int]) -> None:
    path = write_archive(tmp_path / "a.pmtiles", {(0, 0, 0): b"x", (1, 0, 1): b"y"})
    for place, value in changes.items():
        set_byte(path, place, value)
    with suppress(TilingError):
        inspect_archive(source_of(path))


def test_older_versions_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = vector_archive(tmp_path / "a.pmtiles")
    set_byte(path, 7, 2)
    with pytest.raises(ContentRefused, match="version 2"):
        inspect_archive(source_of(path))
