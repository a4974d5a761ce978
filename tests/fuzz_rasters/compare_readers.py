"""`tiling.Reader` beside rio-tiler's own `Reader`: the same questions, and GDAL where the two answers differ."""

import random
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.errors import RasterioError
from rio_tiler.errors import RioTilerError
from rio_tiler.io import Reader as RioTilerReader
from rio_tiler.models import ImageData

from tests.fuzz_rasters.questions import Question, questions
from tests.fuzz_rasters.recipe import Recipe
from tests.fuzz_rasters.renderers import STEP, Sheet, by_gdal, by_warp, sizes_of
from tests.tiling.against.reference import BY_NAME, Sampled
from tiling import Reader

LUMA = np.array([0.299, 0.587, 0.114])
JPEG_LEVELS = 4.0
RANGE = 127.0
"""Of the values that are drawn."""
PLACED = 0.02
"""Part of the range by which interpolated values may differ: each place may be off by a hundredth of a pixel."""
SPREAD = 0.2
"""And where the kernel is widened: ours spreads as far as GDAL's triangle (equal variance) and has another shape."""

Answer = ImageData | type[Exception]


def reader_differences(recipe: Recipe, path: Path, r: random.Random, only: int | None) -> list[str]:
    """Return what our reader answers otherwise than rio-tiler's and GDAL, each in a line.

    `only`: which of the questions is asked, counted round; None for all.
    """
    found = []
    with rasterio.Env(**BY_NAME), RioTilerReader(str(path)) as theirs, Reader(str(path)) as ours:
        asked = list(questions(recipe, r, range(theirs.minzoom, theirs.maxzoom + 2)))
        for question in asked if only is None else [asked[only % len(asked)]]:
            difference = _difference(recipe, path, question, _answer(ours, question), _answer(theirs, question))
            found += [f"{question}: {difference}"] if difference else []
    return found


def _answer(reader: RioTilerReader, question: Question) -> Answer:
    try:
        return question.ask(reader)
    except (RioTilerError, RasterioError, ValueError, ArithmeticError) as exc:
        return type(exc)


def _difference(recipe: Recipe, path: Path, question: Question, ours: Answer, theirs: Answer) -> str | None:
    if not isinstance(ours, ImageData):
        return None if ours is theirs else f"{_name(ours)} instead of {_name(theirs)}"
    one = _thinned(Sampled.of(ours))
    is_grid_same = (
        isinstance(theirs, ImageData)
        and ours.array.shape == theirs.array.shape
        and np.allclose(ours.bounds, theirs.bounds)
    )
    if is_grid_same:
        wrong = differing(recipe, one, _thinned(Sampled.of(theirs)), PLACED if question.is_bilinear else 0.0)
    elif _may_be_misread(recipe):
        wrong = np.ones(one.valid.shape, bool)
    else:
        return f"{_name(ours)} instead of {_name(theirs)}"
    return _unexplained(recipe, path, _sheet(question, ours), one, wrong, question.is_bilinear)


def _may_be_misread(recipe: Recipe) -> bool:
    """Whether rio-tiler fails or answers with another grid: then GDAL alone is the oracle.

    In its own CRS, rio-tiler cuts a window of a raster that is turned or lies south up; of one turned by 90° it
    divides by its width on the map, which is 0.
    """
    return recipe.turn != "north up" or recipe.is_south_up


def _unexplained(
    recipe: Recipe, path: Path, sheet: Sheet, one: Sampled, wrong: np.ndarray, is_bilinear: bool
) -> str | None:
    if not wrong.any():
        return None
    least = wrong.size
    for size in sizes_of(path):  # which level each of both reads is its own affair
        exact, near = by_gdal(path, sheet, size, is_scaled=False)
        differ = differing(recipe, one, exact)
        if is_bilinear:
            warped, is_reduced = by_warp(path, sheet, size)
            # Where another band has data, GDAL fills a band's gap from around it; ours stays one, as of nearest pixels.
            are_gaps = (one.values == exact.values) & (one.values == _nodata(recipe))
            values = np.where(are_gaps, one.values, warped.values)
            beside = Sampled(values=values, valid=exact.valid & (warped.valid | ~one.valid))
            differ = differing(recipe, one, beside, SPREAD if is_reduced else PLACED)
        least = min(least, int((wrong & differ & ~near).sum()))
    return f"{least} of {wrong.size} pixels are neither rio-tiler's nor any level's" if least else None


def _nodata(recipe: Recipe) -> float:
    return float("nan") if recipe.nodata is None else float(recipe.nodata)


def _name(answer: Answer) -> str:
    return f"{answer.array.shape} of {answer.bounds}" if isinstance(answer, ImageData) else answer.__name__


def _thinned(image: Sampled) -> Sampled:
    return Sampled(values=image.values[:, ::STEP, ::STEP], valid=image.valid[::STEP, ::STEP])


def _sheet(question: Question, image: ImageData) -> Sheet:
    if question.method == "preview":
        return Sheet(
            transform=Affine.scale(1 / image.width, 1 / image.height), crs=None, width=image.width, height=image.height
        )
    return Sheet(transform=image.transform, crs=image.crs, width=image.width, height=image.height)


def differing(recipe: Recipe, one: Sampled, other: Sampled, slack: float = 0.0) -> np.ndarray:
    """Return the pixels, (h, w), that one of both hides or whose values differ by more than decoders may.

    `slack`: of interpolated ones, the part of the range of values by which they may, too, and by rounding.
    """
    values, others = one.values.astype(float), other.values.astype(float)
    if recipe.compress == "jpeg":
        weights = LUMA if len(values) == len(LUMA) else np.full(len(values), 1 / len(values))
        differ = np.abs(np.tensordot(weights, values - others, axes=1)) > JPEG_LEVELS + slack * RANGE
    else:
        more = slack and 1.0 + slack * RANGE
        differ = ~np.isclose(values, others, rtol=1e-6, atol=1e-6 + more, equal_nan=True).all(axis=0)
    return (one.valid != other.valid) | (one.valid & other.valid & differ)
