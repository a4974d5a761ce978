"""Tiles that outlive the process that rendered them: found again, authorized and counted as any other, never stale."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import DATA

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

    Install = Callable[..., Awaitable[Installation]]


async def tile(service: Installation, link: Any) -> bytes:
    tilejson = await tilejson_of(service, link)
    answer = await service.client.get(tile_path(tilejson["tiles"][0], tilejson))
    assert answer.status == 200, await answer.text()
    return await answer.read()


async def tiers(service: Installation) -> dict[str, float]:
    """Return how many images came from where, as the metrics say."""
    text = await (await service.client.get("/metrics")).text()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("tilegate_images_total{")]
    return {name.split('"')[1]: float(value) for name, value in lines}


async def test_after_a_restart_tiles_come_from_the_store_and_are_counted(install: Install) -> None:
    before = await install()
    link = await before.add_link()
    rendered = await tile(before, link)
    assert await tiers(before) == {"rendered": 1}
    await before.client.close()
    after = await install()
    assert await tile(after, link) == rendered
    assert await tile(after, link) == rendered
    assert await tiers(after) == {"store": 1, "memory": 1}
    assert (await after.usage())["renders"] == 3


async def test_a_replaced_raster_is_rendered_anew(install: Install) -> None:
    before = await install()
    link = await before.add_link()
    rendered = await tile(before, link)
    await before.client.close()
    shutil.copy(DATA / "RGB.byte.tif", before.root / "new")
    with (before.root / "new").open("r+b") as file:  # darker strips of the same raster
        file.seek(200_000)
        file.write(bytes(500_000))
    (before.root / "new").rename(before.root / "RGB.byte.tif")
    after = await install()
    assert await tile(after, link) != rendered
    assert await tiers(after) == {"rendered": 1}


async def test_a_watermark_and_an_area_are_not_taken_for_the_plain_tile(install: Install) -> None:
    before = await install()
    item = await before.add_item()
    plain = await before.add_link(item)
    rendered = await tile(before, plain)
    await before.client.close()
    after = await install()
    marked = await after.add_link(item, watermark="for Ms Example only")
    assert await tile(after, marked) != rendered
    assert await tile(after, plain) == rendered


async def test_a_revoked_link_opens_no_stored_tile(install: Install) -> None:
    before = await install()
    link = await before.add_link()
    tilejson = await tilejson_of(before, link)
    path = tile_path(tilejson["tiles"][0], tilejson)
    assert (await before.client.get(path)).status == 200
    await before.client.close()
    after = await install()
    await after.ask("share.link.revoke", link_id=link["id"])
    assert (await after.client.get(path)).status == 410


async def test_without_a_store_each_start_begins_from_nothing(install: Install) -> None:
    before = await install(tile_store_bytes=0)
    link = await before.add_link()
    await tile(before, link)
    await before.client.close()
    after = await install(tile_store_bytes=0)
    await tile(after, link)
    assert await tiers(after) == {"rendered": 1}
    assert not (after.settings.data_dir / "tiles").exists()
