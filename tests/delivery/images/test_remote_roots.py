"""Rasters on a web server, through the whole service."""

from __future__ import annotations

import asyncio
import io
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import mercantile
import numpy as np
import pytest
from PIL import Image

from tests.conftest import DATA, PASSWORD, Installation
from tests.range_server import RangeServer, range_server
from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

SECRET = "corner-of-the-operator"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[RangeServer]:
    """A web server with a folder, one level above what is shared."""
    folder = tmp_path / "web"
    (folder / SECRET / "maps").mkdir(parents=True)
    shutil.copy(DATA / "RGB.byte.tif", folder / SECRET / "maps")
    shutil.copy(DATA / "shade.tif", folder / SECRET / "above.tif")
    with range_server(folder) as server:
        yield server


@pytest.fixture
async def remote(web: RangeServer, tmp_path: Path, install: Callable[..., Awaitable[Installation]]) -> Installation:
    """A service with a local root and one on the web server."""
    roots = {"files": tmp_path / "files", "web": f"{web.url}/{SECRET}/maps"}
    return await install(storage_roots=roots, remote_recheck=0.2, remote_grace=0.6, render_timeout=2)


async def shared(service: Installation, root: str, path: str = "RGB.byte.tif", **fields: Any) -> tuple[Any, str, str]:
    """Register and share a raster; return the item, its link's token and a key."""
    shutil.copy(DATA / "RGB.byte.tif", service.root)
    fields = {"project_id": service.account.project_id, "root": root, "path": path, **fields}
    item = await service.ask("item.create", **fields)
    link = await service.add_link(item)
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    return item, link["token"], opened["key"]


async def tile(service: Installation, token: str, key: str, address: str) -> tuple[int, bytes, Any]:
    response = await service.client.get(f"/s/{token}/{address}.png", params={"key": key})
    return response.status, await response.read(), response.headers


RGB_TILES = tuple(f"{t.z}/{t.x}/{t.y}" for z in range(7, 11) for t in [mercantile.tile(-77.7, 24.5, z)])


async def test_a_raster_on_a_web_server_is_shared_like_a_local_one(remote: Installation, web: RangeServer) -> None:
    here, there = await shared(remote, "files"), await shared(remote, "web")
    assert {**there[0], "id": 0, "root": 0, "created_at": 0, "updated_at": 0} == {
        **here[0],
        "id": 0,
        "root": 0,
        "created_at": 0,
        "updated_at": 0,
    }
    for address in RGB_TILES:
        near, far = await tile(remote, *here[1:], address), await tile(remote, *there[1:], address)
        assert (far[0], far[1]) == (near[0], near[1])


TRICKS = (
    "../above.tif", "..%2fabove.tif", "a/../RGB.byte.tif", "./RGB.byte.tif", "/RGB.byte.tif", "RGB.byte.tif?x=1",
    "RGB.byte.tif#x", "%2e%2e/above.tif", "..\\above.tif", "RGB.byte.tif\0", "maps//RGB.byte.tif", "", "RGB.byte.tif/",
    "@127.0.0.1/x.tif", "http://127.0.0.1/x.tif", "x\r\nHost: y",
)  # fmt: skip


async def test_no_path_leads_outside_the_prefix(remote: Installation, web: RangeServer) -> None:
    for path in TRICKS:
        response = await remote.post("item.create", project_id=remote.account.project_id, root="web", path=path)
        told = await response.json()
        assert (response.status, told["code"]) == (422, "field_invalid"), path
        assert SECRET not in str(told)
    for asked in web.paths:
        assert asked.startswith(f"/{SECRET}/maps/")
        assert "/../" not in unquote(asked)
        assert "?" not in asked


async def test_a_replaced_object_is_seen_and_never_mixed_with_the_old(
    remote: Installation, web: RangeServer, tmp_path: Path
) -> None:
    place = web.folder / SECRET / "maps" / "two.tif"

    def put(value: int) -> None:
        values = np.random.default_rng(value).integers(value, value + 5, (1, 2048, 2048), dtype=np.uint8)
        path = write(tmp_path / "new.tif", values, tiled=True, blockxsize=256, blockysize=256, overviews=(2, 4, 8))
        path.replace(place)

    put(10)
    raw = {"id": "raw", "label": "Raw", "kind": "raw"}
    _, token, key = await shared(remote, "web", "two.tif", profiles=[raw])
    addresses = [f"12/{x}/{y}" for x in range(2048, 2056) for y in range(2038, 2044)]

    async def values(address: str) -> set[int]:
        status, body, _ = await tile(remote, token, key, address)
        return {status} if status != 200 else set(np.unique(np.asarray(Image.open(io.BytesIO(body)).convert("L"))))

    before, after = set(range(10, 15)), set(range(200, 205))
    assert all(found <= before for found in await asyncio.gather(*map(values, addresses[:4])))
    put(200)
    for found in await asyncio.gather(*map(values, addresses[4:40])):
        assert found <= before or found <= after or found == {502}
    await asyncio.sleep(0.4)
    await values(addresses[0])
    await asyncio.sleep(0.1)
    assert all(found <= after for found in await asyncio.gather(*map(values, addresses)))


async def test_a_server_that_heeds_no_condition_is_seen_through(remote: Installation, web: RangeServer) -> None:
    web.has_conditions = False
    _, token, key = await shared(remote, "web")
    write(web.folder / SECRET / "maps" / "RGB.byte.tif", np.full((1, 4096, 4096), 9, dtype=np.uint8))
    statuses = {(await tile(remote, token, key, address))[0] for address in RGB_TILES[:3]}
    assert statuses <= {502, 204}


async def test_cached_tiles_go_on_for_a_while_where_the_server_is_away(remote: Installation, web: RangeServer) -> None:
    _, token, key = await shared(remote, "web")
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200
    web.status = 503
    await asyncio.sleep(0.4)
    for _ in range(2):
        assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200
    await asyncio.sleep(0.7)
    await tile(remote, token, key, RGB_TILES[0])
    await asyncio.sleep(0.4)
    status, body, headers = await tile(remote, token, key, RGB_TILES[0])
    assert (status, b"source_unreadable" in body) == (502, True)
    assert int(headers["Retry-After"]) > 0
    assert SECRET not in body.decode()
    assert web.url not in body.decode()
    web.status = None
    await asyncio.sleep(0.3)
    await tile(remote, token, key, RGB_TILES[0])
    await asyncio.sleep(0.1)
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200


async def test_a_tile_that_is_asked_for_again_is_checked_too(remote: Installation, web: RangeServer) -> None:
    """The short way of known tiles looks behind the answer as the ordinary one does."""
    _, token, key = await shared(remote, "web")
    assert {(await tile(remote, token, key, RGB_TILES[0]))[0] for _ in range(3)} == {200}
    web.restart_counts()
    await asyncio.sleep(0.3)
    assert {(await tile(remote, token, key, RGB_TILES[0]))[0] for _ in range(3)} == {200}
    await asyncio.sleep(0.05)
    assert web.asked.heads == 1


async def test_an_object_that_is_gone_is_410(remote: Installation, web: RangeServer) -> None:
    _, token, key = await shared(remote, "web")
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200
    (web.folder / SECRET / "maps" / "RGB.byte.tif").unlink()
    await asyncio.sleep(0.4)
    await tile(remote, token, key, RGB_TILES[0])
    await asyncio.sleep(0.1)
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 410


async def test_no_tile_waits_for_a_look_in_a_session(remote: Installation, web: RangeServer) -> None:
    _, token, key = await shared(remote, "web")
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200
    web.latency = 1.0
    await asyncio.sleep(0.25)
    began = asyncio.get_running_loop().time()
    assert (await tile(remote, token, key, RGB_TILES[0]))[0] == 200
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_a_silent_server_holds_no_more_threads_once_it_is_known(remote: Installation, web: RangeServer) -> None:
    write(web.folder / SECRET / "maps" / "large.tif", np.ones((1, 4096, 4096), np.uint8), tiled=True, overviews=(4, 16))
    _, token, key = await shared(remote, "web", "large.tif")
    web.latency = 30
    assert (await tile(remote, token, key, "12/2050/2040"))[0] in {502, 504}
    began = asyncio.get_running_loop().time()
    statuses = [(await tile(remote, token, key, f"12/2051/{y}"))[0] for y in range(2038, 2044)]
    assert set(statuses) == {502}
    assert asyncio.get_running_loop().time() - began < 1


FAULTS: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"status": 403}, 422, "denies access"),
    ({"status": 404}, 422, "no such file"),
    ({"status": 500}, 502, "cannot be read; try again"),
    ({"status": None, "has_ranges": False}, 422, "range requests"),
    ({"has_versions": False}, 422, "neither ETag nor Last-Modified"),
)


async def test_registering_tells_what_is_wrong(remote: Installation, web: RangeServer) -> None:
    for fault, status, word in FAULTS:
        for name, value in fault.items():
            setattr(web, name, value)
        body = {"project_id": remote.account.project_id, "root": "web", "path": "RGB.byte.tif"}
        response = await remote.post("item.create", **body)
        told = await response.text()
        assert (response.status, word in told) == (status, True), told
        assert SECRET not in told


async def test_readiness_does_not_depend_on_a_store(remote: Installation, web: RangeServer) -> None:
    web.status = 503
    response = await remote.client.get("/readyz")
    assert (response.status, (await response.json())["storage"]) == (200, "ok")
