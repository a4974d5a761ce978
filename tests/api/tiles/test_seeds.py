"""Tiles rendered ahead, through the running service: equal to fresh ones, metered like them, never stale."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import shutil
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import DATA, PASSWORD, Installation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Install = Callable[..., Awaitable[Installation]]

UNLOCKED = {"X-Share-Password": PASSWORD}
ZOOMS = {"minzoom": 6, "maxzoom": 8}
NEVER = 10**6
"""Seconds: these tests look for seeds by themselves."""


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.delivery.images.seeds.seeder.LOOK_SECONDS", NEVER)
    monkeypatch.setattr("service.delivery.images.seeds.seeder.CHECK_SECONDS", 0.0)


@dataclass(frozen=True, slots=True)
class Tile:
    """What was answered."""

    status: int
    body: bytes
    etag: str
    metered: str


async def tile(service: Installation, link: Any, z: int, x: int, y: int, ending: str = "png") -> Tile:
    answer = await service.client.get(f"/s/{link['token']}/{z}/{x}/{y}.{ending}", headers=UNLOCKED)
    return Tile(answer.status, await answer.read(), answer.headers.get("ETag", ""), answer.headers["X-Metered"])


async def state_of(service: Installation, item: Any) -> Any:
    (seed,) = (await service.ask("item.seeds.list", item_id=item["id"]))["seeds"]
    return seed


async def settled(service: Installation, item: Any) -> Any:
    """Look until there is nothing to do, and return the seed."""
    async with asyncio.timeout(180):
        while True:
            await service.services.images.seeder.look()
            seed = await state_of(service, item)
            if seed["state"] not in {"waiting", "running"}:
                await service.services.images.seeder.look()  # which opens it
                return seed
            await asyncio.sleep(0.3)


async def seeded(service: Installation, item: Any, **fields: Any) -> Any:
    await service.ask("item.seed", item_id=item["id"], **(ZOOMS | fields))
    return await settled(service, item)


def places_of(seed: Any) -> list[tuple[int, int, int]]:
    """Return all tiles of a seed, by the definition of web mercator's grid."""
    import mercantile

    return [(t.z, t.x, t.y) for t in mercantile.tiles(*seed["bbox"], range(seed["minzoom"], seed["maxzoom"] + 1))]


async def tier(service: Installation, *names: str) -> int:
    """Return how many images came from there, by the metrics."""
    text = await (await service.client.get("/metrics")).text()
    counts = dict(re.findall(r'^tilegate_images_total\{tier="(\w+)"\} (\d+)', text, re.MULTILINE))
    return sum(int(counts.get(name, 0)) for name in names)


async def test_the_estimate_begins_nothing_and_counts_exactly(service: Installation) -> None:
    item = await service.add_item()
    seed = await service.ask("item.seed", item_id=item["id"], **ZOOMS, dry_run=True)
    assert (seed["state"], seed["done"], seed["profile"]) == (None, 0, item["profiles"][0]["id"])
    assert seed["tiles"] == len(places_of(seed)) > 4
    assert seed["estimated_bytes"] > 10_000
    assert seed["estimated_minutes"] >= 0
    assert (await service.ask("item.seeds.list", item_id=item["id"]))["seeds"] == []


@pytest.mark.parametrize(
    ("raster", "fields", "ending"),
    [
        ("RGB.byte.tif", {}, "png"),
        pytest.param("RGB.byte.tif", {"format": "jpg", "tilesize": 512}, "@2x.jpg", marks=pytest.mark.slow),
        pytest.param("shade.tif", {"format": "webp"}, "webp", marks=pytest.mark.slow),
    ],
)
async def test_every_seeded_tile_is_the_one_that_is_rendered(
    install: Install, tmp_path: Path, raster: str, fields: dict[str, Any], ending: str
) -> None:
    fresh, one = await install(tile_store_bytes=0, seed_bytes=0), await install(tile_store_bytes=0)
    item = await fresh.add_item(raster)
    zooms = {"minzoom": max(0, item["minzoom"]), "maxzoom": item["minzoom"] + (2 if ending == "png" else 3)}
    link = await fresh.add_link(item)
    seed = await seeded(one, item, **(zooms | fields))
    assert (seed["state"], seed["failed"], seed["done"]) == ("done", 0, seed["tiles"])
    places = places_of(seed)
    assert len(places) == seed["tiles"]
    if ending.startswith("@"):
        tiles = [(z, x, f"{y}@2x", ending.removeprefix("@2x.")) for z, x, y in places]
    else:
        tiles = [(z, x, y, ending) for z, x, y in places]  # type: ignore[misc]
    for z, x, y, kind in tiles:
        rendered, stored = await tile(fresh, link, z, x, y, kind), await tile(one, link, z, x, y, kind)  # type: ignore[arg-type]
        assert stored == rendered, (z, x, y)
        assert stored.status in {200, 204}
    assert await tier(one, "seed") == len(tiles)
    assert await tier(one, "rendered", "file") == 0


async def test_a_seeded_tile_is_charged_once_like_any_other(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item, max_renders=3)
    seed = await seeded(service, item, minzoom=7, maxzoom=7)
    sent = [await tile(service, link, *place) for place in places_of(seed)]
    full = [each for each in sent if each.status == 200]
    usage = await service.usage()
    assert (usage["renders"], usage["bytes"]) == (len(full), sum(len(each.body) for each in full))
    assert len(full) <= 3
    assert {each.metered for each in full} == {"1"}
    z, x, y = places_of(seed)[0]
    held = await service.client.get(
        f"/s/{link['token']}/{z}/{x}/{y}.png", headers={**UNLOCKED, "If-None-Match": sent[0].etag}
    )
    assert held.status == 304


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["area", "watermark"])
async def test_what_a_link_cuts_or_marks_is_not_taken_from_a_seed(service: Installation, limit: str) -> None:
    item = await service.add_item()
    seed = await seeded(service, item)
    west, south, east, north = item["bounds"]
    middle = (west + east) / 2
    ring = [[west, south], [middle, south], [middle, north], [west, north], [west, south]]
    given = {"area": {"type": "Polygon", "coordinates": [ring]}, "watermark": "Draft"}
    link = await service.add_link(item, **{limit: given[limit]})
    plain = await service.add_link(item)
    place = places_of(seed)[-1]
    assert (await tile(service, link, *place)).body != (await tile(service, plain, *place)).body
    assert await tier(service, "seed") == 1


async def test_a_replaced_raster_is_served_fresh_and_a_log_line_says_it(
    service: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    seed = await seeded(service, item)
    place = places_of(seed)[-1]
    before = await tile(service, link, *place)
    assert await tier(service, "seed") == 1
    shutil.copy(DATA / "RGB.byte.tif", service.root / "new.tif")
    with (service.root / "new.tif").open("ab") as file:
        file.write(b"\0")
    (service.root / "new.tif").replace(service.root / "RGB.byte.tif")
    async with asyncio.timeout(20):
        while (after := await tile(service, link, *place)).etag == before.etag:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert after.status == 200
    assert (await tier(service, "seed"), await tier(service, "rendered")) == (1, 1)
    with caplog.at_level(logging.WARNING):
        await service.services.images.seeder.look()
    assert "is not served" in caplog.text
    assert (await state_of(service, item))["state"] == "outdated"
    again = await seeded(service, item)
    assert again["state"] == "done"
    await tile(service, link, *places_of(seed)[-2])
    assert await tier(service, "seed") == 2


@pytest.mark.slow
async def test_another_profile_is_never_served_from_the_old_one_and_back_again_it_is(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    places = places_of(await seeded(service, item))
    changed = [{**item["profiles"][0], "rescale": [[0, 90]] * 3}]
    await service.ask("item.profiles.set", item_id=item["id"], profiles=changed)
    first = await tile(service, link, *places[-1])
    await service.services.images.seeder.look()
    assert (await state_of(service, item))["state"] == "outdated"
    await service.ask("item.profiles.set", item_id=item["id"], profiles=item["profiles"])
    await service.services.images.seeder.look()
    assert (await state_of(service, item))["state"] == "done"
    second = await tile(service, link, *places[-1])
    assert first.body != second.body
    assert await tier(service, "seed") == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", ["written to", "copied", "cut off", "a link"])
async def test_an_archive_that_is_not_the_one_that_was_written_is_not_read(
    install: Install, tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = await install()
    item = await one.add_item()
    link = await one.add_link(item)
    seed = await seeded(one, item)
    (archive,) = (tmp_path / "seeds").glob("*/*/*.pmtiles")
    if how == "written to":
        with archive.open("r+b") as file:
            file.seek(-100, 2)
            file.write(b"x" * 50)
    elif how == "cut off":
        os.truncate(archive, archive.stat().st_size // 2)
    else:
        shutil.copy2(archive, tmp_path / "copy")
        archive.unlink()
        if how == "a link":
            archive.symlink_to(tmp_path / "copy")
        else:
            (tmp_path / "copy").replace(archive)
    other = await install()
    with caplog.at_level(logging.WARNING):
        await other.services.images.seeder.look()
        for service in (one, other):
            place = places_of(seed)[-1 if service is one else -2]
            assert (await tile(service, link, *place)).status == 200
    assert "is not served" in caplog.text
    assert await tier(other, "seed") == 0


async def test_a_full_disk_stops_it_with_a_reason_and_it_goes_on_when_there_is_room(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.delivery.images.seeds.seeder.PART_TILES", 5)
    service = await install()
    item = await service.add_item()
    room = iter([10**12] * 2)
    monkeypatch.setattr("service.delivery.images.seeds.seed_folder.SeedFolder.free_bytes", lambda _: next(room, 0))
    stopped = await seeded(service, item)
    assert stopped["state"] == "failed"
    assert "disk is full" in stopped["detail"]
    assert 0 < stopped["done"] < stopped["tiles"]
    monkeypatch.undo()
    parts = list[int]()
    render = service.services.images.seeder._lanes.rendering.run

    async def counted(work: Any, *words: Any) -> Any:
        done = await render(work, *words)
        parts.append(len(done))
        return done

    monkeypatch.setattr(service.services.images.seeder._lanes.rendering, "run", counted)
    monkeypatch.setattr("service.delivery.images.seeds.seeder.CHECK_SECONDS", 0.0)
    assert (await seeded(service, item))["state"] == "done"
    assert sum(parts) == stopped["tiles"] - stopped["done"]


@pytest.mark.slow
async def test_all_seeds_together_keep_to_their_bound(install: Install) -> None:
    service = await install(seed_bytes=30_000)
    item = await service.add_item()
    seed = await seeded(service, item)
    assert seed["state"] == "failed"
    assert "TILEGATE_SEED_BYTES" in seed["detail"]


async def test_two_workers_make_one_archive(install: Install, tmp_path: Path) -> None:
    one, two = await install(), await install()
    item = await one.add_item()
    link = await one.add_link(item)
    await asyncio.gather(*(worker.ask("item.seed", item_id=item["id"], **ZOOMS) for worker in (one, two)))
    seeds = await asyncio.gather(settled(one, item), settled(two, item))
    assert seeds[0] == seeds[1]
    assert len(list((tmp_path / "seeds").glob("*/*/*.pmtiles"))) == 1
    for worker in (one, two):
        assert (await tile(worker, link, *places_of(seeds[0])[-1])).status == 200
        assert await tier(worker, "seed") <= 1


@pytest.mark.slow
async def test_more_zooms_take_over_from_fewer(service: Installation, tmp_path: Path) -> None:
    item = await service.add_item()
    first = await seeded(service, item, minzoom=6, maxzoom=6)
    second = await seeded(service, item, minzoom=6, maxzoom=7)
    assert (first["maxzoom"], second["maxzoom"], second["state"]) == (6, 7, "done")
    assert len(list((tmp_path / "seeds").glob("*/*/*.pmtiles"))) == 1


@pytest.mark.slow
async def test_a_deleted_seed_and_the_seeds_of_a_deleted_item_leave_the_disk(
    service: Installation, tmp_path: Path
) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    places = places_of(await seeded(service, item))
    assert (await service.ask("item.seeds.delete", item_id=item["id"]))["ok"]
    assert not (await service.ask("item.seeds.delete", item_id=item["id"]))["ok"]
    await service.services.images.seeder.look()
    assert (await tile(service, link, *places[-1])).status == 200
    assert await tier(service, "seed") == 0
    await seeded(service, item)
    await service.ask("item.delete", item_id=item["id"])
    await service.services.images.seeder.look()
    assert not (tmp_path / "seeds" / item["id"]).exists()


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"minzoom": 9, "maxzoom": 3}, "field_invalid", "minzoom"),
        ({"minzoom": 0, "maxzoom": 24}, "field_invalid", "maxzoom"),
        ({"maxzoom": 25}, "field_invalid", "maxzoom"),
        ({"bbox": [0, 10, 5, 10]}, "field_invalid", "bbox"),
        ({"bbox": [0, 10, 500, 20]}, "field_invalid", "bbox"),
        ({"profile": "none"}, "profile_not_found", "profile"),
        ({"format": "gif"}, "field_invalid", "format"),
        ({"tilesize": 300}, "field_invalid", "tilesize"),
    ],
)
async def test_what_cannot_be_seeded_is_refused_with_its_field(
    service: Installation, fields: dict[str, Any], code: str, field: str
) -> None:
    item = await service.add_item()
    answer = await service.post("item.seed", item_id=item["id"], **fields)
    problem = await answer.json()
    assert (problem["code"], problem["field"]) == (code, field)


async def test_seeding_can_be_switched_off(install: Install) -> None:
    service = await install(seed_bytes=0)
    item = await service.add_item()
    problem = await (await service.post("item.seed", item_id=item["id"])).json()
    assert "TILEGATE_SEED_BYTES" in problem["detail"]


async def get(service: Installation, link: Any, path: str) -> tuple[int, bytes]:
    answer = await service.client.get(f"/s/{link['token']}/{path}", headers=UNLOCKED)
    return answer.status, await answer.read()


async def test_a_link_with_download_gives_the_archive_away(service: Installation, tmp_path: Path) -> None:
    item = await service.add_item()
    seed = await seeded(service, item, minzoom=6, maxzoom=6)
    link, view = await service.add_link(item, permission="download"), await service.add_link(item)
    name = f"RGB.byte.{seed['profile']}.png.pmtiles"
    listed = await service.ask("share.file.list", token=link["token"], password=PASSWORD)
    assert [entry["name"] for entry in listed["entries"]] == [name, "RGB.byte.tif"]
    before = (await service.usage())["downloads"]
    status, body = await get(service, link, f"files/{name}")
    (archive,) = (tmp_path / "seeds").glob("*/*/*.pmtiles")
    assert (status, body) == (200, archive.read_bytes())
    assert (await service.usage())["downloads"] == before + 1
    (service.root / "mine.pmtiles").write_bytes(body)
    fields = {"project_id": service.account.project_id, "root": "files", "path": "mine.pmtiles"}
    assert (await service.ask("item.create", **fields))["kind"] == "pmtiles"
    assert (await get(service, view, f"files/{name}"))[0] == 403
    alone = await service.post("share.file.download", {}, token=link["token"], password=PASSWORD)
    assert await alone.read() == (DATA / "RGB.byte.tif").read_bytes()  # the one file that was shared, as before
    zipped = zipfile.ZipFile(io.BytesIO((await get(service, link, "archive.zip"))[1]))
    assert zipped.namelist() == ["RGB.byte.tif"]
    marked = await service.add_link(item, permission="download", watermark="Draft")
    assert (await get(service, marked, f"files/{name}"))[0] == 403
    for path in (f"files/{item['id']}/{archive.name}", f"files/{archive.name}", f"files/../{name}"):
        assert (await get(service, link, path))[0] in {400, 404}
    await service.ask("item.profiles.set", item_id=item["id"], profiles=[{**item["profiles"][0], "rescale": [[0, 9]]}])
    assert (await get(service, link, f"files/{name}"))[0] == 404


async def test_a_link_of_one_profile_does_not_give_the_archive_of_another_away(service: Installation) -> None:
    item = await service.add_item()
    other = {**item["profiles"][0], "id": "other", "is_default": False}
    await service.ask("item.profiles.set", item_id=item["id"], profiles=[item["profiles"][0], other])
    seed = await seeded(service, item, minzoom=6, maxzoom=6)
    link = await service.add_link(item, permission="download", profiles=["other"])
    listed = await service.ask("share.file.list", token=link["token"], password=PASSWORD)
    assert [entry["name"] for entry in listed["entries"]] == ["RGB.byte.tif"]
    assert (await get(service, link, f"files/RGB.byte.{seed['profile']}.png.pmtiles"))[0] == 404


async def test_a_folder_that_cannot_be_written_is_said_so_and_tiles_are_rendered(
    service: Installation, tmp_path: Path
) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    (tmp_path / "seeds" / item["id"]).write_bytes(b"a file where a folder should be")
    problem = await (await service.post("item.seed", item_id=item["id"], **ZOOMS)).json()
    assert problem["code"] == "storage_full"
    assert "cannot be written" in problem["detail"]
    await service.services.images.seeder.look()
    assert (await tile(service, link, 7, 36, 54)).status == 200
