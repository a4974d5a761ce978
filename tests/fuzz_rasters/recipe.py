"""What a random GeoTIFF is like, and writing it. A seed always draws the same one."""

import random
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, Resampling

DTYPES = (
    "uint8",
    "uint8",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float32",
    "float64",
)
PLACES = {
    "UTM": ("EPSG:32632", 500_000.0, 5_200_000.0, 10.0),
    "UTM at the seam": ("EPSG:32660", 690_000.0, 8_200_000.0, 60.0),
    "degrees": ("EPSG:4326", 7.0, 47.0, 0.001),
    "degrees across 180": ("EPSG:4326", 179.93, -16.0, 0.001),
    "degrees around -180": ("EPSG:4326", -180.05, -16.0, 0.001),
    "degrees of NAD83": ("EPSG:4269", 359.93, 40.0, 0.001),
    "near the pole": ("EPSG:4326", 20.0, 85.04, 0.001),
    "polar": ("EPSG:3413", -200_000.0, -1_400_000.0, 500.0),
    "web mercator": ("EPSG:3857", 1_000_000.0, 6_000_000.0, 10.0),
    "web mercator across 180": ("EPSG:3857", 20_036_000.0, 6_000_000.0, 10.0),
    "web mercator, aligned": ("EPSG:3857", 0.0, 2_504_688.542848654, 156543.03392804097 / 2**13),
    "equal area": ("EPSG:3035", 4_200_000.0, 3_200_000.0, 100.0),
}
TURNS = {"north up": 0.0, "turned": 30.0, "turned by 90": 90.0}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One raster."""

    seed: int
    dtype: str
    bands: int
    width: int
    height: int
    place: str
    turn: str
    is_south_up: bool
    photometric: str | None
    compress: str
    predictor: int
    interleave: str
    block: tuple[int, int] | None
    """None: GDAL's own strips."""
    nbits: int | None
    nodata: str | None
    """A number, or "nan"."""
    mask: str | None
    """inside, beside (.msk)."""
    has_alpha: bool
    overviews: tuple[int, ...]
    are_beside: bool
    """Whether overviews lie in an .ovr file."""
    overview_block: int
    is_told_late: bool
    """Whether nodata, mask and alpha are told after overviews were built."""
    scale: tuple[float, float]
    unit: str | None

    def __str__(self) -> str:
        """In one line, without what is not there."""
        return " ".join(f"{name}={value}" for name, value in asdict(self).items() if value not in (None, False, ()))


def draw(seed: int) -> Recipe:
    """Return the raster of a seed."""
    r = random.Random(seed)
    dtype, bands = r.choice(DTYPES), r.choice((1, 1, 1, 2, 3, 3, 4))
    is_byte, is_float = dtype == "uint8", dtype.startswith("float")
    compress = r.choice(("none", "deflate", "lzw", "zstd", "packbits") + ("jpeg", "jpeg", "webp") * is_byte)
    has_alpha = dtype in ("uint8", "uint16") and bands in (2, 4) and r.random() < 0.7
    photometric, interleave = None, r.choice(("pixel", "band"))
    if bands == 1 and dtype in ("uint8", "uint16"):
        photometric = r.choice((None, "miniswhite", "palette" if compress not in ("jpeg", "webp") else None))
    if compress == "webp":
        compress, interleave = ("webp", "pixel") if bands >= 3 else ("deflate", interleave)
    if compress == "jpeg":
        if bands == 3 and r.random() < 0.8:
            photometric, interleave = "ycbcr", "pixel"
        if has_alpha or bands in (2, 4):
            compress = "deflate"
    nbits = (
        r.choice((1, 2, 4))
        if is_byte and bands == 1 and photometric != "palette" and compress in ("none", "deflate") and r.random() < 0.3
        else None
    )
    can_predict = compress in ("deflate", "lzw", "zstd") and nbits is None
    predictor = r.choice((1, 3 if is_float else 2)) if can_predict else 1
    width, height = r.randint(20, 420), r.randint(20, 420)
    block = r.choice((None, (16, 16), (64, 128), (128, 128), (256, 256), (512, 512)))
    lossy = compress in ("jpeg", "webp")
    nodata = None if lossy or r.random() < 0.5 else r.choice(_nodata_of(dtype, nbits))
    mask = r.choice(("inside", "beside")) if not has_alpha and r.random() < 0.25 else None
    overviews = r.choice(((), (), (2,), (2, 4), (2, 4, 8), (3,)))
    overviews = tuple(factor for factor in overviews if min(width, height) >= 4 * factor)
    place = r.choice(tuple(PLACES))
    hangs_gdal = dtype in ("int64", "uint64") and nodata is not None  # building overviews in place, as of 3.10
    return Recipe(
        seed=seed, dtype=dtype, bands=bands, width=width, height=height, place=place,
        turn=r.choice(("north up",) * 4 + ("turned", "turned by 90")), is_south_up=r.random() < 0.1,
        photometric=photometric, compress=compress, predictor=predictor, interleave=interleave, block=block,
        nbits=nbits,
        nodata=nodata, mask=mask, has_alpha=has_alpha, overviews=overviews, are_beside=r.random() < 0.3,
        overview_block=r.choice((128, 64, 256)), is_told_late=r.random() < 0.5 or hangs_gdal,
        scale=r.choice(((1.0, 0.0), (1.0, 0.0), (0.1, -5.0))), unit=r.choice((None, None, "m", "ft", "K")),
    )  # fmt: skip


def _nodata_of(dtype: str, nbits: int | None) -> tuple[str, ...]:
    if nbits:
        return ("0", "1")
    if dtype.startswith("float"):
        return ("nan", "-9999", "0")
    return ("0", "7", str(np.iinfo(dtype).max) if np.iinfo(dtype).max < 2**53 else "7")


def transform_of(recipe: Recipe) -> Affine:
    """Return the geotransform."""
    _, left, top, side = PLACES[recipe.place]
    down = side if recipe.is_south_up else -side
    return Affine.translation(left, top) @ Affine.rotation(TURNS[recipe.turn]) @ Affine.scale(side, down)


def values_of(recipe: Recipe) -> np.ndarray:
    """Return what is stored, (bands, h, w): patches of 8 pixels, some of nodata; smooth where compression loses."""
    rng = np.random.default_rng(recipe.seed)
    down, across = -(-recipe.height // 8), -(-recipe.width // 8)
    top = 2 ** (recipe.nbits or 7) - 1
    coarse = rng.integers(0, top + 1, (recipe.bands, down, across))
    if recipe.compress in ("jpeg", "webp"):
        coarse = np.full_like(coarse, 1) * rng.integers(60, 200, (recipe.bands, 1, 1))
        coarse[:, :, across // 2 :] = rng.integers(60, 200, (recipe.bands, 1, 1))
    values = coarse.repeat(8, 1).repeat(8, 2)[:, : recipe.height, : recipe.width].astype(recipe.dtype)
    if recipe.nodata is not None:
        is_missing = (rng.random((down, across)) < 0.2).repeat(8, 0).repeat(8, 1)[: recipe.height, : recipe.width]
        values[:, is_missing] = np.array(float(recipe.nodata)).astype(recipe.dtype)
    if recipe.has_alpha:
        values[-1] = np.where(_holes(recipe, rng), 0, np.iinfo(recipe.dtype).max)
    return values


def _holes(recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    holes = rng.random((-(-recipe.height // 16), -(-recipe.width // 16))) < 0.3
    return holes.repeat(16, 0).repeat(16, 1)[: recipe.height, : recipe.width]


def write(recipe: Recipe, folder: Path) -> Path:
    """Write the file."""
    path = folder / f"{recipe.seed}.tif"
    options = {"driver": "GTiff", "crs": PLACES[recipe.place][0], "transform": transform_of(recipe)}
    options |= {name: getattr(recipe, name) for name in ("width", "height", "dtype", "compress", "interleave")}
    options |= {"count": recipe.bands, "alpha": "NO"}
    if recipe.predictor > 1:
        options["predictor"] = recipe.predictor
    if recipe.block:
        options |= {"tiled": True, "blockysize": recipe.block[0], "blockxsize": recipe.block[1]}
    options |= {name: value for name in ("photometric", "nbits") if (value := getattr(recipe, name))}
    with rasterio.open(path, "w", **options) as dataset:
        if recipe.photometric == "palette":
            rng = np.random.default_rng(recipe.seed)
            dataset.write_colormap(1, {i: (*map(int, rng.integers(0, 256, 3)), 255) for i in range(256)})
        if not recipe.is_told_late:
            _tell_meanings(recipe, dataset)
        dataset.write(values_of(recipe))
    if not recipe.is_told_late:
        _tell_mask(recipe, path)
    if recipe.overviews:
        _build_overviews(recipe, path)
    if recipe.is_told_late:
        with rasterio.open(path, "r+") as dataset:
            _tell_meanings(recipe, dataset)
        _tell_mask(recipe, path)
    return path


def _tell_meanings(recipe: Recipe, dataset: rasterio.io.DatasetWriter) -> None:
    if recipe.nodata is not None:
        dataset.nodata = float(recipe.nodata)
    if recipe.has_alpha:
        first = (ColorInterp.red, ColorInterp.green, ColorInterp.blue) if recipe.bands == 4 else (ColorInterp.gray,)
        dataset.colorinterp = (*first, ColorInterp.alpha)
    if recipe.scale != (1.0, 0.0):
        dataset.scales, dataset.offsets = ((part,) * recipe.bands for part in recipe.scale)
    if recipe.unit:
        dataset.units = (recipe.unit,) * recipe.bands


def _tell_mask(recipe: Recipe, path: Path) -> None:
    if recipe.mask is None:
        return
    holes = _holes(recipe, np.random.default_rng(recipe.seed + 1))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=recipe.mask == "inside"), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(np.where(holes, np.uint8(0), np.uint8(255)))


def _build_overviews(recipe: Recipe, path: Path) -> None:
    lossy = {"COMPRESS_OVERVIEW": recipe.compress} if recipe.compress in ("jpeg", "webp") else {}
    if recipe.photometric == "ycbcr":
        lossy |= {"PHOTOMETRIC_OVERVIEW": "YCBCR", "INTERLEAVE_OVERVIEW": "PIXEL"}
    options = {"GDAL_TIFF_OVR_BLOCKSIZE": recipe.overview_block, "TIFF_USE_OVR": recipe.are_beside, **lossy}
    with rasterio.Env(**options), rasterio.open(path, "r+") as dataset:
        dataset.build_overviews(recipe.overviews, Resampling.nearest)
