"""Vector tiles, archives of pictures and GeoJSON on the share page, in a real browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pmtiles.tile import TileType

from tests.archives import raster_archive, write_archive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.clients.conftest import Visit
    from tests.conftest import Installation

SQUARE = [[-60, -50], [60, -50], [60, 50], [-60, 50], [-60, -50]]
EVIL = "<img src=x onerror=document.title='broken'>"
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}, "properties": {"name": EVIL}}
    ],
}


def square_tile() -> bytes:
    """A vector tile all of which is one polygon, with an attribute."""
    geometry = bytes((9, 0, 0, 26, 0x80, 0x40, 0, 0, 0x80, 0x40, 0xFF, 0x3F, 0, 15))
    feature = b"\x12\x02\x00\x00" + b"\x18\x03" + b"\x22" + bytes([len(geometry)]) + geometry
    value = b"\x0a\x04Alps"
    layer = b"\x78\x02" + b"\x0a\x05roads" + b"\x12" + bytes([len(feature)]) + feature
    layer += b"\x1a\x04name" + b"\x22" + bytes([len(value)]) + value + b"\x28\x80\x20"
    return b"\x1a" + bytes([len(layer)]) + layer


def is_blue(picture: NDArray[np.int16]) -> bool:
    """Whether the colour of the first layer lies over the ground."""
    red, _, blue = picture.reshape(-1, 3).mean(axis=0)
    return bool(blue - red > 15)


def is_red(picture: NDArray[np.int16]) -> bool:
    red, _, blue = picture.reshape(-1, 3).mean(axis=0)
    return bool(red - blue > 40)


async def shared(service: Installation, name: str) -> Any:
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path=name)
    return await service.add_link(item)


async def test_vector_tiles_are_painted_and_a_click_tells_attributes(visit: Visit, service: Installation) -> None:
    tiles = {(z, x, y): square_tile() for z in range(3) for x in range(2**z) for y in range(2**z)}
    write_archive(service.root / "roads.pmtiles", tiles, bounds=(-170, -80, 170, 80))
    link = await shared(service, "roads.pmtiles")
    await visit.unlock(link["token"])
    await visit.until(is_blue)
    await visit.page.mouse.click(530, 230)
    await visit.page.wait_for_selector(".values td:has-text('Alps')")
    assert visit.errors == []
    assert (await service.usage())["renders"] > 0


async def test_archives_of_pictures_are_painted(visit: Visit, service: Installation) -> None:
    raster_archive(service.root / "a.pmtiles", kind=TileType.WEBP)
    link = await shared(service, "a.pmtiles")
    await visit.unlock(link["token"])
    await visit.until(is_red)
    assert visit.errors == []


async def test_geojson_is_painted_and_its_attributes_are_text(visit: Visit, service: Installation) -> None:
    (service.root / "a.geojson").write_text(json.dumps(FEATURES))
    link = await shared(service, "a.geojson")
    await visit.unlock(link["token"])
    await visit.until(is_blue)
    title = await visit.page.title()
    await visit.page.mouse.click(530, 230)
    await visit.page.wait_for_selector(".values td")
    assert await visit.page.text_content(".values td") == EVIL
    assert await visit.page.title() == title
    assert visit.errors == []
    assert (await service.usage())["downloads"] == 1


@pytest.mark.parametrize("name", ["a.pmtiles", "a.geojson"])
async def test_the_panel_has_texts_for_other_clients(visit: Visit, service: Installation, name: str) -> None:
    if name == "a.pmtiles":
        write_archive(service.root / name, {(0, 0, 0): square_tile()})
    else:
        (service.root / name).write_text(json.dumps(FEATURES))
    link = await shared(service, name)
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector(".snippet", state="attached")
    texts = await visit.page.eval_on_selector_all(".snippet [data-title]", "all => all.map(one => one.textContent)")
    assert texts[0] == "MapLibre GL JS"
    assert ("TileJSON" in texts) == (name == "a.pmtiles")
