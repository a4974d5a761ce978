import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio

from tests.tiling.raster_zoo import OWN_DATA, source, tile_at, write
from tiling.errors import RasterRefused, SourceGone, SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.ingest.inspect import inspect_raster
from tiling.render import render_tile

SECRET = "the-secret"
VRT = """<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return write(tmp_path / "plain.tif", np.full((128, 128), 7, dtype=np.uint8))


def crafted(path: Path, namespace: str, band: int = 0, **tags: str) -> Path:
    write(path, np.full((128, 128), 7, dtype=np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(bidx=band, ns=namespace, **tags)
    return path


def test_an_overview_file_in_the_metadata_would_be_opened_by_gdal_and_is_refused(tmp_path: Path) -> None:
    hidden = write(tmp_path / "hidden.tif", np.full((64, 64), 99, dtype=np.uint8))
    path = crafted(tmp_path / "crafted.tif", "OVERVIEWS", OVERVIEW_FILE=VRT.format(path=hidden))
    with rasterio.open(path) as dataset:  # the attack works on an unguarded reader
        assert dataset.overviews(1) == [2]
        assert dataset.read(1, out_shape=(64, 64)).max() == 99
    with pytest.raises(RasterRefused, match="OVERVIEWS"):
        inspect_raster(source(path))


@pytest.mark.parametrize(
    ("namespace", "band", "tags"),
    [
        pytest.param("OVERVIEWS", 0, {"OVERVIEW_FILE": "/vsicurl/http://localhost:1/x.tif"}, id="overview by network"),
        pytest.param("OVERVIEWS", 1, {"OVERVIEW_FILE": ":::BASE:::x"}, id="overview of a band"),
        pytest.param("GEOLOCATION", 0, {"X_DATASET": "/etc/passwd", "Y_DATASET": "/etc/passwd"}, id="geolocation"),
        pytest.param("SUBDATASETS", 0, {"SUBDATASET_1_NAME": "/etc/passwd"}, id="subdatasets"),
        pytest.param("WHATEVER", 0, {"A": "B"}, id="unknown domain"),
        pytest.param("", 0, {"OVERVIEW_FILE": "/etc/passwd"}, id="default domain"),
    ],
)
def test_metadata_that_names_other_files_is_refused(
    tmp_path: Path, namespace: str, band: int, tags: dict[str, str]
) -> None:
    path = crafted(tmp_path / "crafted.tif", namespace, band, **tags)
    with pytest.raises(RasterRefused):
        inspect_raster(source(path))


def test_a_raster_that_turns_bad_after_registration_is_unreadable(tmp_path: Path, plain: Path) -> None:
    profile = inspect_raster(source(plain)).profiles[0]
    crafted(plain, "OVERVIEWS", OVERVIEW_FILE="/etc/passwd")
    changed = RasterSource(path=str(plain), version="changed")
    with pytest.raises(SourceUnreadable, match="no longer served"):
        render_tile(changed, tile_at(0.01, 0.89, 10), profile)


@pytest.mark.parametrize(
    "name",
    ["x.tif.ovr", "x.tif.OVR", "x.tif.msk", "x.tif.MSK", "x.tif.ovr.ovr"],
    ids=lambda name: name,
)
def test_a_sidecar_that_is_not_a_tiff_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 7, dtype=np.uint8))
    if name.endswith(".ovr.ovr"):
        write(tmp_path / "x.tif.ovr", np.full((64, 64), 7, dtype=np.uint8))
    (tmp_path / name).write_text(VRT.format(path="/etc/passwd"))
    with pytest.raises(RasterRefused, match="beside it"):
        inspect_raster(source(path))


def test_a_crafted_overview_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.full((128, 128), 7, dtype=np.uint8))
    crafted(tmp_path / "x.tif.ovr.tif", "OVERVIEWS", OVERVIEW_FILE="/etc/passwd").rename(tmp_path / "x.tif.ovr")
    with pytest.raises(RasterRefused, match="beside it"):
        inspect_raster(source(path))


def test_honest_overviews_beside_a_raster_are_used() -> None:
    assert inspect_raster(source(OWN_DATA / "extovr_green.tif")).has_overviews


def test_auxiliary_xml_is_neither_read_nor_written(tmp_path: Path, plain: Path) -> None:
    (tmp_path / "plain.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/etc/passwd</MDI></Metadata></PAMDataset>'
    )
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert not inspect_raster(source(plain)).has_overviews
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<VRTDataset/>", id="vrt"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="png"),
        pytest.param(b"II*\0", id="only a magic number"),
        pytest.param(b"II*\0" + b"\xff" * 400, id="garbage after the magic number"),
        pytest.param(b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 100, id="65535 empty tags"),
    ],
)
def test_what_is_not_a_geotiff_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"{SECRET}.tif"
    path.write_bytes(content)
    with pytest.raises(RasterRefused) as error:
        inspect_raster(source(path))
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("path", ["/vsicurl/http://localhost:1/x.tif", "/vsimem/x.tif", "x.tif", "/", "/dev/null"])
def test_what_is_not_a_local_file_is_refused(path: str) -> None:
    with pytest.raises(RasterRefused):
        inspect_raster(RasterSource(path=path, version="1"))


def test_a_missing_file_is_gone_and_its_path_stays_secret(tmp_path: Path, plain: Path) -> None:
    profile = inspect_raster(source(plain)).profiles[0]
    missing = RasterSource(path=str(tmp_path / f"{SECRET}.tif"), version="1")
    with pytest.raises(SourceGone) as error:
        render_tile(missing, tile_at(0.01, 0.89, 10), profile)
    assert SECRET not in str(error.value)
    with pytest.raises(RasterRefused):
        inspect_raster(missing)


def test_a_truncated_file_is_refused_though_its_header_is_whole() -> None:
    path = OWN_DATA / "corrupt.tif"
    with rasterio.open(path) as dataset:
        assert dataset.width == 1024
    with pytest.raises(RasterRefused, match="truncated"):
        inspect_raster(source(path))


def test_a_file_whose_blocks_do_not_decode_is_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = write(tmp_path / "x.tif", rng.integers(0, 255, (256, 256), dtype=np.uint8), compress="deflate", tiled=True,
                 blockxsize=256, blockysize=256)  # fmt: skip
    body = bytearray(path.read_bytes())
    with rasterio.open(path) as dataset:
        offset = int(dataset.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    body[offset : offset + 2000] = b"\xa5" * 2000
    path.write_bytes(bytes(body))
    with pytest.raises(RasterRefused, match="damaged"):
        inspect_raster(source(path))


def test_huge_blocks_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tif", np.zeros((1, 16), dtype=np.uint8), compress="deflate")
    with rasterio.open(
        path, "w", driver="GTiff", width=8192, height=8192, count=1, dtype="uint8", crs="EPSG:3857", sparse_ok=True,
        tiled=True, blockxsize=8192, blockysize=8192, transform=rasterio.Affine(2, 0, 0, 0, -2, 0), compress="deflate",
    ):  # fmt: skip
        pass
    with pytest.raises(RasterRefused, match="blocks are too large"):
        inspect_raster(source(path))


def test_a_huge_raster_without_overviews_is_told_to_be_converted(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=100_000, height=100_000, count=1, dtype="uint8", crs="EPSG:3857",
        sparse_ok=True, tiled=True, transform=rasterio.Affine(2, 0, 0, 0, -2, 0),
    ):  # fmt: skip
        pass
    with pytest.raises(RasterRefused, match="gdal_translate -of COG"):
        inspect_raster(source(path))


def test_random_bytes_in_the_directory_never_escape_as_other_errors(tmp_path: Path, plain: Path) -> None:
    rng = np.random.default_rng(7)
    good = plain.read_bytes()
    (first_directory,) = struct.unpack_from("<I", good, 4)
    messages = []
    for number in range(150):
        body = bytearray(good)
        for position in rng.integers(first_directory, min(first_directory + 200, len(body)), 3):
            body[position] = rng.integers(0, 256)
        path = tmp_path / f"fuzzed-{number}.tif"
        path.write_bytes(bytes(body))
        try:
            inspect_raster(source(path))
        except RasterRefused as refused:
            messages.append(str(refused))
    assert messages
    assert not any(tmp_path.name in message for message in messages)
