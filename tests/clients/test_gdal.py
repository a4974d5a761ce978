"""GDAL as a client: it reads our tiles as a raster, by key and by password."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform

from tests.conftest import DATA, PASSWORD
from tests.polar import write_polar

if TYPE_CHECKING:
    from tests.conftest import Installation

WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>{url}</ServerUrl></Service><DataWindow>
<UpperLeftX>-20037508.34</UpperLeftX><UpperLeftY>20037508.34</UpperLeftY>
<LowerRightX>20037508.34</LowerRightX><LowerRightY>-20037508.34</LowerRightY>
<TileLevel>{zoom}</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>
<Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>
<BandsCount>3</BandsCount>{more}</GDAL_WMS>"""


def read_around(description: str, longitude: float, latitude: float) -> Any:
    """The 8 by 8 pixels around a place, as GDAL reads them. Blocks."""
    with rasterio.open(description) as dataset:
        xs, ys = transform("EPSG:4326", dataset.crs, [longitude], [latitude])
        row, column = dataset.index(xs[0], ys[0])
        window = rasterio.windows.Window(column - 4, row - 4, 8, 8)
        return dataset.read([1, 2, 3], window=window)


@pytest.mark.parametrize("credential", ["key", "password"])
async def test_gdal_reads_the_pixels_of_the_raster(service: Installation, credential: str) -> None:
    item = await service.add_item()
    link = await service.add_link(item)
    base = f"http://127.0.0.1:{service.client.port}/s/{link['token']}/${{z}}/${{x}}/${{y}}.png"
    if credential == "key":
        opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
        description = WMS.format(url=f"{base}?key={opened['key']}", zoom=item["maxzoom"], more="")
    else:
        userpwd = f"<UserPwd>anyone:{PASSWORD}</UserPwd>"
        description = WMS.format(url=base, zoom=item["maxzoom"], more=userpwd)
    longitude, latitude, _ = item["center"]
    read = await asyncio.to_thread(read_around, description, longitude, latitude)
    with rasterio.open(DATA / "RGB.byte.tif") as dataset:
        xs, ys = transform("EPSG:4326", dataset.crs, [longitude], [latitude])
        row, column = dataset.index(xs[0], ys[0])
        expected = dataset.read(window=rasterio.windows.Window(column - 4, row - 4, 8, 8))
    assert read.any()
    assert np.abs(read.mean(axis=(1, 2)) - expected.mean(axis=(1, 2))).max() < 12
    assert (await service.usage())["renders"] > 0


def read_wmts(address: str, layer: str, longitude: float, latitude: float) -> Any:
    """The 8 by 8 pixels around a place, as GDAL's WMTS client reads them. Blocks."""
    return read_around(f"WMTS:{address},layer={layer}", longitude, latitude)


async def save_capabilities(service: Installation, link: Any) -> str:
    """Return the path of a link's WMTS capabilities, in which the service has the address that it has in this test."""
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    base = f"http://127.0.0.1:{service.client.port}"
    address = opened["urls"]["wmts"].replace(service.settings.base_url, base)
    text = await (await service.client.get(address.removeprefix(base))).text()
    path = service.root.parent / "capabilities.xml"
    path.write_text(text.replace(service.settings.base_url, base))
    return str(path)


async def test_gdal_opens_our_wmts_capabilities(service: Installation) -> None:
    item = await service.add_item()
    link = await service.add_link(item, name="Bahamas & more")
    longitude, latitude, _ = item["center"]
    local = await save_capabilities(service, link)
    with rasterio.open(f"WMTS:{local},layer=rgb") as dataset:
        assert dataset.crs.to_epsg() == 3857
    read = await asyncio.to_thread(read_wmts, local, "rgb", longitude, latitude)
    with rasterio.open(DATA / "RGB.byte.tif") as dataset:
        xs, ys = transform("EPSG:4326", dataset.crs, [longitude], [latitude])
        row, column = dataset.index(xs[0], ys[0])
        expected = dataset.read(window=rasterio.windows.Window(column - 4, row - 4, 8, 8))
    assert np.abs(read.mean(axis=(1, 2)) - expected.mean(axis=(1, 2))).max() < 12


async def test_gdal_opens_a_polar_link_in_its_own_grid(service: Installation) -> None:
    """The pole is in the middle of what GDAL sees, and is filled."""
    write_polar(service.root / "polar.tif")
    fields = {"project_id": service.account.project_id, "root": "files", "path": "polar.tif"}
    link = await service.add_link(await service.ask("item.create", **fields))
    local = await save_capabilities(service, link)
    seen = await asyncio.to_thread(read_polar, f"WMTS:{local},layer=rgb,tilematrixset=UPSArcticWGS84Quad")
    assert seen.crs == 5041
    assert (seen.pixels[3] == 255).all()
    assert np.abs(seen.pixels[:3].astype(int) - seen.expected.astype(int)).mean() < 3


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What GDAL makes of a link: pixels around the pole, and those of the raster at the same places."""

    crs: int
    pixels: Any
    expected: Any


def read_polar(description: str) -> Seen:
    """Read 1,000 km around the pole through the link, and from the raster by way of GDAL's warper. Blocks."""
    with rasterio.open(description) as dataset:
        left, bottom, right, top = 1_500_000.0, 1_500_000.0, 2_500_000.0, 2_500_000.0
        crs = dataset.crs
        (row, column), (below, beyond) = dataset.index(left, top), dataset.index(right, bottom)
        window = rasterio.windows.Window(column, row, beyond - column, below - row)
        pixels = dataset.read(window=window, out_shape=(dataset.count, 200, 200))
    with (
        rasterio.open(Path(description.partition(":")[2].partition(",")[0]).parent / "files" / "polar.tif") as raster,
        WarpedVRT(
            raster, crs=crs, transform=Affine(5_000.0, 0.0, left, 0.0, -5_000.0, top), width=200, height=200
        ) as warped,
    ):
        return Seen(crs=crs.to_epsg(), pixels=pixels, expected=warped.read())


async def test_gdal_reads_parts_of_a_file_that_may_be_downloaded(service: Installation) -> None:
    """That is one download, where its beginning is read, and the bytes of the parts."""
    link = await service.add_link(permission="download")
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    address = f"http://127.0.0.1:{service.client.port}/s/{link['token']}/files/RGB.byte.tif?key={opened['key']}"

    code = f"import rasterio; print(rasterio.open('/vsicurl/{address}').read().tobytes().hex())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE
    )  # it holds the GIL
    pixels, _ = await process.communicate()
    with rasterio.open(DATA / "RGB.byte.tif") as dataset:
        assert bytes.fromhex(pixels.decode()) == dataset.read().tobytes()
    usage = await service.usage()
    assert usage["downloads"] == 1
    assert usage["bytes"] >= 16_384
