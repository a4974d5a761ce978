"""Pixels painted and encoded without our code."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from rio_tiler.models import ImageData

from tests.tiling.against.reference import SIZE, Sampled, colour_bands, level_of
from tiling.models import ImageFormat, Profile, ProfileKind


def plain_profile(path: Path) -> Profile:
    with level_of(path, None) as dataset:
        if len(colour_bands(dataset)) >= 3 and dataset.dtypes[0] == "uint8":
            return Profile(id="rgb", label="RGB", kind=ProfileKind.RGB, bands=(1, 2, 3))
        values = dataset.read(1, out_shape=(64, 64), masked=True).compressed()
    low, high = (float(value) for value in np.nanpercentile(values, (2, 98)))
    return Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(1,), rescale=((low, max(high, low + 1)),))


def painted(pixels: Sampled, profile: Profile) -> np.ndarray:
    """RGBA, (h, w, 4), of values as the profile says."""
    values = np.repeat(pixels.values[:1], 3, axis=0) if profile.rescale else pixels.values[:3]
    if profile.rescale:
        low, high = profile.rescale[0]
        stretched = (np.where(pixels.valid, values, low).astype(np.float64) - low) / (high - low) * 255
        values = np.clip(stretched, 0, 255).round().astype(np.uint8)
    return np.moveaxis(np.concatenate([values, np.where(pixels.valid, np.uint8(255), np.uint8(0))[None]]), 0, -1)


def on_white(pixels: np.ndarray) -> np.ndarray:
    background = Image.new("RGBA", (SIZE, SIZE), "white")
    background.alpha_composite(Image.fromarray(pixels))
    return np.asarray(background.convert("RGB"))


def by_rio_tiler(pixels: np.ndarray, image_format: ImageFormat, quality: int) -> np.ndarray:
    """RGB, (h, w, 3), after rio-tiler's encoder."""
    driver = {ImageFormat.JPG: "JPEG", ImageFormat.WEBP: "WEBP"}[image_format]
    image = ImageData(np.moveaxis(pixels, -1, 0)).render(add_mask=False, img_format=driver, quality=quality)
    return np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))
