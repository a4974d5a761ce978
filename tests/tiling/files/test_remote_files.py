import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.tiling.raster_zoo import center_tile, default_profile, real_rasters, source, write
from tiling.errors import RasterRefused, SourceChanged, SourceGone, SourceUnreadable
from tiling.files.range_cache import CHUNK, RangeCache
from tiling.files.raster_source import RasterSource
from tiling.files.remote import RemoteChanged, RemoteError, RemoteFile, RemoteUnsuitable
from tiling.ingest.inspect import inspect_raster
from tiling.render import render_tile


@dataclass
class Storage:
    """A storage that counts what is asked of it, and fails on demand."""

    data: bytes
    fails: Exception | None = None
    seconds: float = 0
    together: threading.Barrier | None = None
    asked: list[tuple[int, int]] = field(default_factory=list)

    def fetch(self, start: int, stop: int) -> bytes:
        self.asked.append((start, stop))
        time.sleep(self.seconds)
        if self.together:
            self.together.wait()
        if self.fails:
            raise self.fails
        return self.data[start:stop]


@pytest.fixture
def cache() -> Iterator[RangeCache]:
    with RangeCache() as opened:
        yield opened


@pytest.fixture
def storage() -> Storage:
    return Storage(np.random.default_rng(1).bytes(100 * CHUNK + 7))


def remote(storage: Storage, cache: RangeCache, name: str = "a") -> RemoteFile:
    return RemoteFile(name=name, size=len(storage.data), fetch=storage.fetch, cache=cache)


def remote_source(storage: Storage, cache: RangeCache, name: str) -> RasterSource:
    return RasterSource(path=f"remote:{name}", version="1", remote=remote(storage, cache, name))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raster whose tiles need parts of it that registering does not fetch."""
    values = np.random.default_rng(1).integers(0, 255, (3, 2048, 2048), dtype=np.uint8)
    path = tmp_path_factory.mktemp("large") / "large.tif"
    return write(path, values, tiled=True, blockxsize=256, blockysize=256, interleave="pixel", overviews=(2, 4, 8))


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 1), (0, 10 * CHUNK), (CHUNK - 1, 2), (50 * CHUNK, CHUNK), (100 * CHUNK, 99), (100 * CHUNK + 7, 1), (9**9, 5)],
)
def test_any_range_is_read(storage: Storage, cache: RangeCache, offset: int, length: int) -> None:
    assert remote(storage, cache).read(offset, length) == storage.data[offset : offset + length]


def test_what_was_fetched_is_not_asked_for_again(storage: Storage, cache: RangeCache) -> None:
    file = remote(storage, cache)
    file.read(40 * CHUNK, 3 * CHUNK)
    file.read(41 * CHUNK, CHUNK)
    file.read(40 * CHUNK, 9 * CHUNK)
    assert storage.asked == [(32 * CHUNK, 48 * CHUNK), (48 * CHUNK, 64 * CHUNK)]


def test_neighbouring_segments_are_one_request_and_far_ones_run_at_once(storage: Storage, cache: RangeCache) -> None:
    storage.together = threading.Barrier(3, timeout=10)
    remote(storage, cache).prefetch([(17 * CHUNK, 1), (42 * CHUNK, 1), (70 * CHUNK, 1), (99 * CHUNK, 1)])
    assert sorted(storage.asked) == [(n * CHUNK, m * CHUNK) for n, m in ((16, 48), (64, 80))] + [
        (96 * CHUNK, 100 * CHUNK + 7)
    ]


def test_threads_that_want_the_same_wait_for_one_request(storage: Storage, cache: RangeCache) -> None:
    storage.seconds = 0.1
    file = remote(storage, cache)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: file.read(50 * CHUNK, CHUNK), range(8)))
    assert found == [storage.data[50 * CHUNK : 51 * CHUNK]] * 8
    assert len(storage.asked) == 1


def test_a_failure_is_told_to_all_who_wait_and_not_remembered(storage: Storage, cache: RangeCache) -> None:
    storage.seconds, storage.fails = 0.1, RemoteError("down")
    file, failed = remote(storage, cache), []

    def ask() -> None:
        try:
            file.read(50 * CHUNK, 1)
        except RemoteError:
            failed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 3
    storage.fails = None
    assert file.read(50 * CHUNK, 1) == storage.data[50 * CHUNK : 50 * CHUNK + 1]


def test_the_cache_is_bounded(storage: Storage) -> None:
    with RangeCache(10 * CHUNK) as small:
        file = remote(storage, small)
        assert file.read(40 * CHUNK, 30 * CHUNK) == storage.data[40 * CHUNK : 70 * CHUNK]
        assert small.nbytes <= 10 * CHUNK


def test_fewer_bytes_than_asked_for_are_a_failure(storage: Storage, cache: RangeCache) -> None:
    file = RemoteFile(name="a", size=len(storage.data) + 100 * CHUNK, fetch=storage.fetch, cache=cache)
    with pytest.raises(RemoteError):
        file.read(99 * CHUNK, 3 * CHUNK)


@pytest.mark.parametrize(
    "path", [path for path in real_rasters() if not path.with_name(f"{path.name}.ovr").exists()], ids=lambda p: p.name
)
def test_a_remote_raster_is_described_and_rendered_as_the_local_one(path: Path, cache: RangeCache) -> None:
    there = remote_source(Storage(path.read_bytes()), cache, f"{path.stem}/{path.name}")
    try:
        here = inspect_raster(source(path))
    except RasterRefused as refusal:
        with pytest.raises(RasterRefused, match=str(refusal)[:30]):
            inspect_raster(there)
        return
    assert inspect_raster(there) == here
    address = center_tile(here, here.maxzoom)
    profile = default_profile(here)
    assert render_tile(there, address, profile) == render_tile(source(path), address, profile)


def test_sidecars_of_a_remote_raster_are_not_looked_for(tmp_path: Path, cache: RangeCache) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 7, dtype=np.uint8))
    write(tmp_path / "x.tif.ovr", np.full((64, 64), 99, dtype=np.uint8))
    storage = Storage(path.read_bytes())
    assert not inspect_raster(remote_source(storage, cache, "sidecars")).has_overviews
    assert len(storage.asked) == 1


def test_a_tile_asks_for_its_blocks_at_once(large: Path, cache: RangeCache) -> None:
    storage = Storage(large.read_bytes())
    there = remote_source(storage, cache, "at once")
    profile = default_profile(description := inspect_raster(there))
    storage.asked.clear()
    render_tile(there, center_tile(description, description.maxzoom), profile)
    assert 1 <= len(storage.asked) <= 3


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        pytest.param(RemoteError("down"), SourceUnreadable, id="down"),
        pytest.param(RemoteChanged("412"), SourceChanged, id="replaced"),
        pytest.param(FileNotFoundError("404"), SourceGone, id="gone"),
        pytest.param(ValueError("a fault of ours"), SourceUnreadable, id="unforeseen"),
    ],
)
def test_a_storage_that_fails_in_a_render_is_told_and_recovered_from(
    large: Path, cache: RangeCache, failure: Exception, told: type[Exception]
) -> None:
    storage = Storage(large.read_bytes())
    there = remote_source(storage, cache, f"fails {failure}")
    profile = default_profile(description := inspect_raster(there))
    address = center_tile(description, description.maxzoom)
    storage.fails = failure
    with pytest.raises(told) as raised:
        render_tile(there, address, profile)
    assert type(raised.value) is told
    storage.fails = None
    assert render_tile(there, address, profile) == render_tile(source(large), address, profile)


@pytest.mark.parametrize(
    ("failure", "told"),
    [(RemoteUnsuitable("200"), RasterRefused), (RemoteError("down"), SourceUnreadable)],
    ids=["no ranges", "down"],
)
def test_registering_tells_a_storage_that_fails(
    large: Path, cache: RangeCache, failure: Exception, told: type[Exception]
) -> None:
    with pytest.raises(told):
        inspect_raster(remote_source(Storage(large.read_bytes(), fails=failure), cache, f"registering {failure}"))
