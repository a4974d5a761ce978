"""A journal goes on after whatever broke it off, and becomes an archive that has every tile as it was written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import tileid_to_zxy

from tests.tiling.raster_zoo import source
from tiling.archives.archive import Archive
from tiling.errors import ContentRefused
from tiling.models import ImageFormat
from tiling.seeding.journal import INDEX, RECORD, TILES, Journal
from tiling.seeding.packing import About, pack

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = About(format=ImageFormat.PNG, bounds=(-10.0, -20.0, 30.0, 40.0), metadata={"name": "a"})
BODIES = st.lists(st.one_of(st.none(), st.binary(max_size=40), st.just(b"same")), min_size=1, max_size=60)


def ids_of(count: int) -> np.ndarray:
    """Return numbers in which some follow each other, and some do not."""
    return np.cumsum(np.arange(count, dtype=np.int64) % 3 + 1)


def append(folder: Path, ids: np.ndarray, bodies: list[bytes | None], step: int = 7) -> None:
    """Write what is missing, in parts."""
    journal = Journal.open(folder, ids)
    try:
        while journal.count < len(ids):
            part = bodies[journal.count : journal.count + step]
            journal.append(ids[journal.count : journal.count + len(part)], part)
    finally:
        journal.close()


@given(BODIES, st.data())
@settings(deadline=None, max_examples=40)
def test_what_is_cut_off_anywhere_is_written_again(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes | None], data: st.DataObject
) -> None:
    folder, ids = tmp_path_factory.mktemp("seed"), ids_of(len(bodies))
    append(folder, ids, bodies)
    for name in (TILES, INDEX):
        size = (folder / name).stat().st_size
        if data.draw(st.booleans()):
            os.truncate(folder / name, data.draw(st.integers(0, size)))
    append(folder, ids, bodies)
    records = np.fromfile(folder / INDEX, RECORD)
    assert records["tile_id"].tolist() == ids.tolist()
    assert (folder / TILES).read_bytes() == b"".join(body or b"" for body in bodies)


@given(BODIES.filter(any))
@settings(deadline=None, max_examples=40)
def test_the_archive_has_what_was_written_for_us_and_for_the_package(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes | None]
) -> None:
    folder, ids = tmp_path_factory.mktemp("seed"), ids_of(len(bodies))
    append(folder, ids, bodies)
    packed = pack(folder, "a.pmtiles", len(ids), ABOUT)
    assert packed.tiles == sum(bool(body) for body in bodies)
    assert packed.bytes == (folder / "a.pmtiles").stat().st_size
    archive = Archive(source(folder / "a.pmtiles"))
    with (folder / "a.pmtiles").open("rb") as file:
        reader = Reader(MmapSource(file))
        for tile_id, body in zip(ids.tolist(), bodies, strict=True):
            place = tileid_to_zxy(tile_id)
            assert archive.tile(*place) == (body or None)
            assert reader.get(*place) == (body or None)


def test_an_archive_of_many_tiles_has_directories_below_its_root(tmp_path: Path) -> None:
    ids = np.cumsum(np.random.default_rng(1).integers(1, 900, 20_000))
    append(tmp_path, ids, [b"%d" % tile_id * (tile_id % 9 + 1) for tile_id in ids.tolist()], step=10_000)
    pack(tmp_path, "a.pmtiles", len(ids), ABOUT)
    archive = Archive(source(tmp_path / "a.pmtiles"))
    assert archive.root.leaves()
    for tile_id in (int(ids[0]), int(ids[10_000]), int(ids[-1])):
        assert archive.tile(*tileid_to_zxy(tile_id)) == b"%d" % tile_id * (tile_id % 9 + 1)
    assert archive.tile(*tileid_to_zxy(int(ids[-1]) + 1)) is None


def test_other_tiles_than_were_begun_begin_anew(tmp_path: Path) -> None:
    append(tmp_path, ids_of(9), [b"x"] * 9)
    append(tmp_path, ids_of(9) + 5, [b"y"] * 9)
    assert (tmp_path / TILES).read_bytes() == b"y" * 9


def test_more_tiles_of_the_same_go_on(tmp_path: Path) -> None:
    append(tmp_path, ids_of(9), [b"x"] * 9)
    append(tmp_path, ids_of(12), [b"z"] * 12)
    assert (tmp_path / TILES).read_bytes() == b"x" * 9 + b"z" * 3


@pytest.mark.parametrize("hurt", ["tiles", "count", "nothing"])
def test_what_is_not_as_it_was_written_is_not_packed(tmp_path: Path, hurt: str) -> None:
    append(tmp_path, ids_of(9), [None, b""] * 4 + [b""] if hurt == "nothing" else [b"body"] * 9)
    if hurt == "tiles":
        (tmp_path / TILES).write_bytes(b"bodY" * 9)
    with pytest.raises(ContentRefused):
        pack(tmp_path, "a.pmtiles", 10 if hurt == "count" else 9, ABOUT)
