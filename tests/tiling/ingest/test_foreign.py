"""Rasters of other formats become GeoTIFFs of the same pixels. GDAL itself is the oracle: rasterio, and gdalwarp."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.shutil import copy

from tests.tiling.raster_zoo import center_tile, decode, source
from tiling.errors import RasterRefused
from tiling.ingest.foreign.opening import NETWORKED, OPTIONS, Choice, is_served_as_it_is
from tiling.ingest.foreign.staging import stage
from tiling.ingest.inspect import inspect_raster
from tiling.ingest.optimise import optimise
from tiling.render import render_tile

PLACE = Affine(0.01, 0, 10, 0, -0.01, 50)
RANDOM = np.random.default_rng(14)
HEIGHTS = RANDOM.integers(1, 3000, (130, 120)).astype("int16")
COLOURS = RANDOM.integers(1, 255, (3, 130, 120)).astype("uint8")
LOSSLESS = {"JP2OpenJPEG": {"QUALITY": "100", "REVERSIBLE": "YES"}, "MBTiles": {"TILE_FORMAT": "PNG"}}
MERCATOR = {"crs": "EPSG:3857", "transform": Affine(38.21851414, 0, 1113194.9, 0, -38.21851414, 6446275.8)}


def made(path: Path, values: Any, driver: str = "GTiff", **about: Any) -> Path:
    """Write a raster with a place, a scale, a unit and a name, by any driver that writes or copies."""
    values = values if values.ndim == 3 else values[None]
    count, height, width = values.shape
    like = {"width": width, "height": height, "count": count, "dtype": values.dtype}
    plain = path if driver == "GTiff" else path.with_name("plain.tif")
    place = {"crs": "EPSG:4326", "transform": PLACE}
    with rasterio.Env(**OPTIONS):
        with rasterio.open(plain, "w", driver="GTiff", **like, **place | about) as new:
            new.write(values)
            if values.dtype == np.int16:
                new.scales, new.offsets, new.descriptions = (0.1,) * count, (5.0,) * count, ("height",) * count
                new.set_band_unit(1, "m")
        if plain != path:
            copy(plain, path, driver=driver, **LOSSLESS.get(driver, {}))
    return path


def staged(path: Path, **choice: Any) -> Path:
    target, heard = path.with_name("staged.tif"), list[float]()
    stage(path, target, Choice(**choice), heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1
    return target


FORMATS = [
    ("a.nc", "netCDF", HEIGHTS, {"nodata": -9}),
    ("a.img", "HFA", HEIGHTS, {"nodata": -9}),
    ("a.jp2", "JP2OpenJPEG", HEIGHTS, {"nodata": -9}),
    ("a.grb2", "GRIB", HEIGHTS, {}),
    ("a.vrt", "VRT", HEIGHTS, {"nodata": -9}),
    ("a.dat", "ENVI", HEIGHTS, {"nodata": -9}),
    ("a.asc", "AAIGrid", HEIGHTS, {"nodata": -9}),
    ("a.mbtiles", "MBTiles", COLOURS, MERCATOR),
    ("a.png", "PNG", COLOURS, {}),
]


@pytest.mark.parametrize(("name", "driver", "values", "about"), FORMATS, ids=[row[1] for row in FORMATS])
def test_pixels_place_and_meaning_are_what_gdal_reads(
    tmp_path: Path, name: str, driver: str, values: Any, about: dict[str, Any]
) -> None:
    path = made(tmp_path / name, values, driver, **about)
    assert not is_served_as_it_is(path, Choice())
    with rasterio.Env(**OPTIONS), rasterio.open(path) as old, rasterio.open(staged(path)) as new:
        assert old.driver == driver
        assert (new.read() == old.read()).all()
        assert new.crs == old.crs or driver == "AAIGrid"  # whose axes have another order, which GDAL does not follow
        assert (new.transform, new.dtypes) == (old.transform, old.dtypes)
        assert (new.nodata, new.scales, new.offsets) == (old.nodata, old.scales, old.offsets)
        assert new.units == old.units or driver == "GRIB"
        assert old.colorinterp in {new.colorinterp, (ColorInterp.undefined,)}
        assert (new.dataset_mask() == old.dataset_mask()).all()
        named = [label for label in old.descriptions if label]
        assert driver in {"GRIB", "netCDF"} or [label for label in new.descriptions if label] == named


@pytest.mark.parametrize(("name", "driver", "values", "about"), FORMATS[:4] + FORMATS[7:], ids=lambda row: str(row)[:9])
def test_the_result_registers_and_its_tiles_show_the_values(
    tmp_path: Path, name: str, driver: str, values: Any, about: dict[str, Any]
) -> None:
    optimise(staged(made(tmp_path / name, values, driver, **about)), tmp_path / "cog.tif", picture=False)
    description = inspect_raster(source(tmp_path / "cog.tif"))
    tile = render_tile(
        source(tmp_path / "cog.tif"), center_tile(description, description.maxzoom), description.profiles[0]
    )
    assert decode(tile)[..., 3].max() == 255
    with rasterio.Env(**OPTIONS), rasterio.open(tmp_path / "cog.tif") as cog, rasterio.open(tmp_path / name) as old:
        assert (cog.read() == old.read()).all()
        assert cog.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (cog.scales, cog.offsets) == (old.scales, old.offsets)


def test_palettes_and_masks_are_kept(tmp_path: Path) -> None:
    classes = (HEIGHTS % 5).astype("uint8")
    path = made(tmp_path / "classes.tif", classes)
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {number: (number * 10, 0, 200, 255) for number in range(5)})
        dataset.write_mask((HEIGHTS % 2 * 255).astype("uint8"))
    copy(path, tmp_path / "classes.vrt", driver="VRT")
    with rasterio.open(staged(tmp_path / "classes.vrt")) as new:
        assert (new.read(1) == classes).all()
        assert new.colormap(1)[4] == (40, 0, 200, 255)
        assert (new.dataset_mask() == HEIGHTS % 2 * 255).all()


def several(tmp_path: Path) -> Path:
    return made(tmp_path / "several.nc", np.stack([HEIGHTS, HEIGHTS + 7]), "netCDF", nodata=-9)


def test_of_several_rasters_one_has_to_be_chosen(tmp_path: Path) -> None:
    path = several(tmp_path)
    with pytest.raises(
        RasterRefused, match=r"holds 2 rasters: choose one with --subdataset\n  1  .*Band1.*\n  2  .*Band2"
    ):
        staged(path)
    with pytest.raises(RasterRefused, match="no subdataset 3: there are 2"):
        staged(path, subdataset=3)
    with rasterio.open(staged(path, subdataset=2)) as new:
        assert (new.read(1) == HEIGHTS + 7).all()
        assert new.descriptions == ("Band2",)


def test_bands_are_chosen_in_their_order(tmp_path: Path) -> None:
    path = made(tmp_path / "a.png", COLOURS, "PNG")
    with rasterio.open(staged(path, bands=(3, 1))) as new:
        assert (new.read() == COLOURS[[2, 0]]).all()
    with pytest.raises(RasterRefused, match="no band 9"):
        staged(path, bands=(9,))


def test_a_picture_lies_where_its_world_file_says(tmp_path: Path) -> None:
    path = made(tmp_path / "a.png", COLOURS, "PNG")
    path.with_suffix(".png.aux.xml").unlink()
    with pytest.raises(RasterRefused, match="pass the one it is in, such as --crs"):
        staged(path)
    with pytest.raises(RasterRefused, match="put its world file beside it"):
        staged(path, crs="EPSG:32633")
    path.with_suffix(".pgw").write_text("2\n0\n0\n-2\n500001\n4999999\n")
    with rasterio.open(staged(path, crs="EPSG:32633")) as new:
        assert new.transform == Affine(2, 0, 500_000, 0, -2, 5_000_000)
        assert new.crs == "EPSG:32633"
        assert (new.read() == COLOURS).all()


@pytest.mark.parametrize("crs", ["EPSG:1", "nonsense", "", "+proj=nothing"])
def test_a_coordinate_system_that_is_none_is_refused(tmp_path: Path, crs: str) -> None:
    with pytest.raises(RasterRefused, match="is no coordinate system"):
        staged(made(tmp_path / "a.png", COLOURS, "PNG"), crs=crs)


POINTS = [
    GroundControlPoint(row, column, x, y)
    for row, column, x, y in [(0, 0, 10, 50), (0, 120, 11.2, 50.1), (130, 0, 10.1, 48.7), (130, 120, 11.3, 48.8)]
]


@pytest.mark.skipif(shutil.which("gdalwarp") is None, reason="gdalwarp is the oracle")
@pytest.mark.parametrize("nodata", [-9, None])
def test_control_points_place_it_as_gdalwarp_does(tmp_path: Path, nodata: int | None) -> None:
    path, oracle = tmp_path / "gcps.tif", tmp_path / "oracle.tif"
    like = {"width": 120, "height": 130, "count": 1, "dtype": "int16", "nodata": nodata}
    with rasterio.open(path, "w", driver="GTiff", gcps=POINTS, crs="EPSG:4326", **like) as new:
        new.write(HEIGHTS, 1)
    copy(path, tmp_path / "gcps.vrt", driver="VRT")
    subprocess.run(["gdalwarp", "-q", "-t_srs", "EPSG:4326", "-dstalpha", path, oracle], check=True)
    with rasterio.open(staged(tmp_path / "gcps.vrt")) as new, rasterio.open(oracle) as expected:
        assert new.shape == expected.shape
        assert np.allclose(new.transform, expected.transform)
        there = expected.read(2) > 0
        assert ((new.dataset_mask() > 0) == there).mean() > 0.999
        assert (new.read(1) == expected.read(1))[there].mean() > 0.999
        assert new.count == 1


REFUSED = {
    "complex": (lambda folder: made(folder / "c.vrt", np.ones((4, 4), "complex64"), "VRT"), "complex numbers"),
    "no raster": (lambda folder: write(folder / "a.bin", b"nothing"), "cannot open it as a raster"),
    "a VRT of nothing": (
        lambda folder: made(folder / "a.vrt", HEIGHTS, "VRT") if lose(folder / "plain.tif") else folder / "a.vrt",
        "files that it names must lie beside it",
    ),
}


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def lose(path: Path) -> bool:
    """Have a VRT name what is gone."""
    made(path.with_name("a.vrt"), HEIGHTS, "VRT")
    path.unlink()
    return False


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_brought_in_is_told(tmp_path: Path, make: Any, said: str) -> None:
    with pytest.raises(RasterRefused, match=said):
        staged(make(tmp_path))


def test_bands_that_a_geotiff_cannot_hold_together_are_chosen_from(tmp_path: Path) -> None:
    for number, (dtype, nodata) in enumerate([("int16", -9), ("int16", -8), ("float32", -9)]):
        made(tmp_path / f"{number}.tif", HEIGHTS.astype(dtype), nodata=nodata)
    bands = "".join(
        f'<VRTRasterBand dataType="{dtype}" band="{number + 1}"><NoDataValue>{nodata}</NoDataValue><SimpleSource>'
        f'<SourceFilename relativeToVRT="1">{number}.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource>'
        "</VRTRasterBand>"
        for number, (dtype, nodata) in enumerate([("Int16", -9), ("Int16", -8), ("Float32", -9)])
    )
    place = "<SRS>EPSG:4326</SRS><GeoTransform>10,0.01,0,50,0,-0.01</GeoTransform>"
    vrt = write(
        tmp_path / "a.vrt",
        f'<VRTDataset rasterXSize="120" rasterYSize="130">{place}{bands}</VRTDataset>'.encode(),
    )
    with pytest.raises(RasterRefused, match="different types"):
        staged(vrt)
    with pytest.raises(RasterRefused, match="different nodata"):
        staged(vrt, bands=(1, 2))
    with rasterio.open(staged(vrt, bands=(2,))) as new:
        assert new.nodata == -8


def test_no_driver_that_fetches_is_kept() -> None:
    """Those of this GDAL that GDAL itself describes as web services."""
    with rasterio.Env() as environment:
        names = environment.drivers()
    told = {name for name, about in names.items() if any(word in about for word in ("Web ", "Internet", "HTTP", "API"))}
    assert told - {"COG"} <= NETWORKED
