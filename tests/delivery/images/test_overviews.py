"""Overviews of collections: built behind the back, found again, built once, removed with what they show."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from service.catalogue.collection import Collection, Member
from service.catalogue.collection_store import CollectionStore
from service.catalogue.storage.roots import StorageRoots
from service.delivery.heavy.lane import HeavyLane
from service.delivery.heavy.limits import Limits
from service.delivery.heavy.processes import JobProcesses
from service.delivery.images.members import Members
from service.delivery.images.overviews import Overviews
from service.delivery.images.sources import LOOK_AGAIN_SECONDS, Sources
from service.errors import SourceFailed
from service.identifiers import CollectionId, ItemId, ProjectId, new_id
from tests.catalogue.samples import NOW, make_profile
from tests.delivery.lanes import Blamed
from tests.mosaics import ZOOM, write_gray
from tests.tiling.raster_zoo import source
from tiling.files.range_cache import RangeCache
from tiling.files.raster_source import RasterSource
from tiling.geometry.union import union_extent
from tiling.ingest.inspect import inspect_raster
from tiling.models import TileAddress

if TYPE_CHECKING:
    from service.delivery.images.overviews import Overview
    from tiling.models import Profile

PROFILE = make_profile()


class Worker:
    """What one worker has of a collection of four rasters."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        paths = [
            write_gray(folder / f"{x}.tif", TileAddress(z=ZOOM, x=2200 + x, y=1400), 10 * x)
            if not (folder / f"{x}.tif").exists()
            else folder / f"{x}.tif"
            for x in range(4)
        ]
        described = [inspect_raster(source(path)) for path in paths]
        self.members = Members(
            version=1,
            members=tuple(
                Member(item_id=ItemId(str(x)), root="r", path=f"{x}.tif", footprint=one.bounds, nodata=None)
                for x, one in enumerate(described)
            ),
        )
        self.collection = Collection(
            id=CollectionId("col_a"),
            project_id=ProjectId(new_id("prj")),
            name="C",
            description="",
            own_profiles=(),
            version=1,
            created_at=NOW,
            updated_at=NOW,
            profiles=(PROFILE,),
            extent=union_extent(described),
            item_count=4,
            members_version=1,
        )
        self.store = CollectionStore(create_async_engine("sqlite+aiosqlite://"))  # never asked here
        self.stack = AsyncExitStack()
        self.processes = JobProcesses()
        self.lane = HeavyLane(self.processes, Blamed(), Limits(memory=2**29), queue=100, wait=None)
        self.overviews = Overviews(
            folder / "overviews",
            self.store,
            Sources(StorageRoots({"r": folder}), RangeCache()),
            self.lane,
            **({"max_bytes": 2**30} | options),
        )

    async def __aenter__(self) -> Self:
        await self.stack.enter_async_context(self.processes)
        await self.stack.enter_async_context(self.lane)
        await self.stack.enter_async_context(self.overviews)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stack.aclose()

    async def get(self, profile: Profile = PROFILE, *, version: int = 1) -> Overview:
        """Wait until there is an overview."""
        members = replace(self.members, version=version)
        async with asyncio.timeout(20):
            while (found := self.overviews.of(self.collection, members, profile)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return found


def files_of(collection_id: str, folder: Path) -> list[str]:
    """Return the names of the files of a collection, but locks."""
    return [path.name for path in (folder / "overviews" / collection_id).glob("*") if path.suffix != ".lock"]


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.delivery.images.overviews.RETRY_SECONDS", 0.05)
    monkeypatch.setattr("service.delivery.images.overviews.LOOK_AGAIN_SECONDS", 0.05)


async def test_an_overview_is_built_and_found_again_by_the_next_worker(tmp_path: Path) -> None:
    async with (one := Worker(tmp_path)):
        assert one.overviews.of(one.collection, one.members, PROFILE) is None
        first = await one.get()
    assert (first.left_out, first.zoom) == (frozenset(), ZOOM - 2)
    async with (other := Worker(tmp_path)):
        assert await other.get() == first  # its version tells inode and time
    assert files_of("col_a", tmp_path) == [Path(first.files[0].path).name]


async def test_two_workers_build_it_once(tmp_path: Path, short_waits: None) -> None:
    async with (one := Worker(tmp_path)), (other := Worker(tmp_path)):
        first, second = await asyncio.gather(one.get(), other.get())
    assert first == second
    assert len(files_of("col_a", tmp_path)) == 1


async def test_each_profile_and_each_version_has_its_own(tmp_path: Path) -> None:
    inverse = make_profile(rescale=((0.0, 60.0),))
    async with (worker := Worker(tmp_path)):
        first = await worker.get()
        assert (await worker.get(inverse)).files != first.files
        assert worker.overviews.of(worker.collection, replace(worker.members, version=2), PROFILE) is None
        assert (await worker.get(version=2)).files == first.files  # nothing that it shows has changed


async def test_a_replaced_raster_gives_another_one(tmp_path: Path, short_waits: None) -> None:
    async with (worker := Worker(tmp_path)):
        first = await worker.get()
        write_gray(tmp_path / "0.tif", TileAddress(z=ZOOM, x=2200, y=1400), 99)
        (tmp_path / "1.tif").unlink()
        async with asyncio.timeout(20):
            while (now := await worker.get()) == first:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_AGAIN_SECONDS / 4)
    assert now.left_out == {1}


async def test_a_storage_that_is_away_takes_no_overview_with_it(
    tmp_path: Path, short_waits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Member) -> RasterSource:
        raise SourceFailed("source_unreadable", "away")

    async with (worker := Worker(tmp_path)):
        first = await worker.get()
        monkeypatch.setattr(worker.overviews._sources, "of", fail)
        for _ in range(5):
            await asyncio.sleep(0.06)
            assert await worker.get() == first
    assert len(files_of("col_a", tmp_path)) == 1


async def test_a_file_of_old_is_removed_when_nobody_uses_it_any_more(tmp_path: Path) -> None:
    async with (worker := Worker(tmp_path)):
        first = await worker.get()
    shutil.copy(tmp_path / "2.tif", tmp_path / "3.tif")
    async with (worker := Worker(tmp_path)):
        second = await worker.get()
    assert len(files_of("col_a", tmp_path)) == 2
    os.utime(second.files[0].path, (0, 0))
    async with (worker := Worker(tmp_path)):
        await worker.get()
    assert files_of("col_a", tmp_path) == [Path(second.files[0].path).name] != [Path(first.files[0].path).name]


async def test_a_collection_takes_its_overviews_with_it(tmp_path: Path) -> None:
    async with (worker := Worker(tmp_path)):
        await worker.get()
        await worker.overviews.remove(worker.collection.id)
    assert list((tmp_path / "overviews").iterdir()) == []


async def test_overviews_can_be_switched_off(tmp_path: Path) -> None:
    async with (worker := Worker(tmp_path, max_bytes=0)):
        assert worker.overviews.of(worker.collection, worker.members, PROFILE) is None
        await asyncio.sleep(0.1)
    assert not (tmp_path / "overviews").exists()


async def test_those_of_other_collections_make_room(tmp_path: Path) -> None:
    async with (worker := Worker(tmp_path, max_bytes=1)):
        await worker.get()
        worker.collection = replace(worker.collection, id=CollectionId("col_b"))
        await worker.get()
    assert (len(files_of("col_a", tmp_path)), len(files_of("col_b", tmp_path))) == (0, 1)


async def test_a_worker_that_ends_does_not_wait_for_what_it_builds(tmp_path: Path) -> None:
    async with (worker := Worker(tmp_path)):
        worker.overviews.of(worker.collection, worker.members, PROFILE)
        await asyncio.sleep(0)
    assert not [name for name in files_of("col_a", tmp_path) if name.endswith(".tif")]
