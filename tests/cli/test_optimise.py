import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result

from service.cli import main
from tests.tiling.raster_zoo import OWN_DATA, center_tile, decode, source, write
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat
from tiling.render import render_tile

PICTURE = OWN_DATA / "RGB.byte.tif"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["optimise", *map(str, words)])


def test_a_picture_becomes_blocks_that_are_sent_as_they_are(tmp_path: Path) -> None:
    """Its tiles show what the original's show, and are found in the file."""
    with rasterio.open(PICTURE) as dataset:
        path = write(tmp_path / "rgb.tif", dataset.read().clip(1), crs=dataset.crs, transform=dataset.transform)
    target = tmp_path / "web.tif"
    told = run(path, target, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["is_picture"] is True
    description, data = inspect_raster(source(target)), target.read_bytes()
    assert description.crs == "EPSG:3857"
    address, profile = center_tile(inspect_raster(source(path)), description.maxzoom), description.profiles[0]
    new = render_tile(source(target), address, profile, ImageFormat.JPG)
    old = render_tile(source(path), address, profile)
    assert np.abs(decode(new).astype(int) - decode(old)).mean() < 10
    assert new.body is not None
    assert new.body[-500:] in data


def test_paths_may_be_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "dem.tif", np.zeros((300, 300), dtype="float32"))
    monkeypatch.chdir(tmp_path)
    told = run("dem.tif", "cog.tif")
    assert told.exit_code == 0, told.output
    assert (tmp_path / "cog.tif").exists()


@pytest.mark.parametrize("words", [(), ("--data",)])
def test_data_keeps_its_values_and_its_place(tmp_path: Path, words: tuple[str, ...]) -> None:
    heights = np.random.default_rng(1).normal(size=(700, 900)).astype("float32")
    path, target = write(tmp_path / "dem.tif", heights, nodata=-1.0), tmp_path / "cog.tif"
    assert run(path, target, *words).exit_code == 0
    with rasterio.open(path) as old, rasterio.open(target) as new:
        assert (new.read(1) == heights).all()
        assert (new.crs, new.transform, new.nodata) == (old.crs, old.transform, old.nodata)
        assert new.overviews(1)


def test_nodata_of_a_picture_becomes_a_mask_that_jpeg_cannot_blur(tmp_path: Path) -> None:
    colors = np.full((3, 600, 600), 200, dtype="uint8")
    colors[:, :200] = 0
    path, target = write(tmp_path / "rgb.tif", colors, nodata=0), tmp_path / "web.tif"
    assert run(path, target).exit_code == 0
    description = inspect_raster(source(target))
    shown = decode(render_tile(source(target), center_tile(description, description.minzoom), description.profiles[0]))
    assert set(np.unique(shown[..., 3])) == {0, 255}
    assert shown[shown[..., 3] == 255][:, :3].min() > 150


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((PICTURE, PICTURE, "--overwrite"), "TARGET is SOURCE"),
        ((PICTURE, "{there}"), "exists"),
        ((OWN_DATA / "corrupt.tif", "{new}"), "corrupt.tif"),
        ((OWN_DATA / "rgba_uint16.tif", "{new}", "--picture"), "only bytes"),
        ((PICTURE, "{new}/nowhere/x.tif"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line_and_leaves_nothing(
    tmp_path: Path, words: tuple[object, ...], message: str
) -> None:
    there = tmp_path / "there.tif"
    there.write_bytes(b"mine")
    told = run(*(str(word).format(there=there, new=tmp_path / "new.tif") for word in words))
    assert told.exit_code == 2
    assert message in told.output
    assert "Traceback" not in told.output
    assert [path.name for path in tmp_path.iterdir()] == ["there.tif"]
    assert there.read_bytes() == b"mine"
