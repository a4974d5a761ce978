"""From a painted image to the bytes of a file."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from tiling.models import ImageFormat
from tiling.png import encode_palette_png, encode_png

JPEG_QUALITY: Final = 85
WEBP_QUALITY: Final = 75
_OPAQUE: Final = 255
_JPEG_LAYOUTS: Final = {1: ("GRAY", "Gray"), 3: ("RGB", "420"), 4: ("RGBX", "420")}
"""simplejpeg's names of pixels of so many bytes, and of how colours are thinned out."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """A finished image, not yet encoded."""

    colors: Bytes
    """Shape (height, width, 1) for gray or palette indexes, (height, width, 3) for red, green and blue."""
    alpha: Bytes
    """Shape (height, width): 255 is opaque."""
    palette: Bytes | None = None
    """Shape (256, 4), RGBA: what the indexes in `colors` mean. None: they are grays."""
    lossless: bool = False
    """Whether the exact values matter, as in terrain tiles."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it can be seen."""
        return not self.alpha.any()


def encode(painting: Painting, image_format: ImageFormat) -> bytes:
    """Encode in the format. JPEG has no transparency: what is transparent turns white."""
    match image_format:
        case ImageFormat.PNG:
            return _png(painting)
        case ImageFormat.JPG:
            return _jpeg(painting)
        case ImageFormat.WEBP:
            return _webp(painting)


def _png(painting: Painting) -> bytes:
    if painting.palette is not None:
        fitted = _one_transparent_index(painting, painting.palette)
        if fitted is not None:
            return encode_palette_png(*fitted)
    return encode_png(_with_alpha(without_palette(painting)))


def _jpeg(painting: Painting) -> bytes:
    colors, alpha = painting.colors, painting.alpha
    if painting.palette is not None:
        colors, alpha = _looked_up(colors[..., 0], alpha, painting.palette)
    pixels = np.ascontiguousarray(_on_white(colors, alpha))
    space, subsampling = _JPEG_LAYOUTS[pixels.shape[2]]
    encoded: bytes = simplejpeg.encode_jpeg(
        pixels, quality=JPEG_QUALITY, colorspace=space, colorsubsampling=subsampling
    )
    return encoded


def _webp(painting: Painting) -> bytes:
    pixels = _with_alpha(without_palette(painting))
    if pixels.shape[2] <= 2:  # noqa: PLR2004 - WebP knows no gray
        pixels = pixels[..., [0, 0, 0, 1][: pixels.shape[2] + 2]]
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.save(file, "WEBP", quality=WEBP_QUALITY, method=0, lossless=painting.lossless, exact=painting.lossless)
    return file.getvalue()


def without_palette(painting: Painting) -> Painting:
    """Return a painting with the colours of its palette looked up."""
    if painting.palette is None:
        return painting
    rgba, alpha = _looked_up(painting.colors[..., 0], painting.alpha, painting.palette)
    return Painting(colors=rgba[..., :3], alpha=alpha, lossless=painting.lossless)


def _looked_up(indexes: Bytes, alpha: Bytes, palette: Bytes) -> tuple[Bytes, Bytes]:
    """Return the colours of indexes, (height, width, 4), and how opaque they are with that of the palette."""
    whole = np.ascontiguousarray(palette).view(np.uint32)[
        :, 0
    ]  # a colour at once, as four bytes take four times as long
    rgba = whole.take(indexes).view(np.uint8).reshape(*indexes.shape, 4)
    return rgba, alpha if (palette[:, 3] == _OPAQUE).all() else np.minimum(alpha, rgba[..., 3])


def _with_alpha(painting: Painting) -> Bytes:
    if (painting.alpha == _OPAQUE).all():
        return painting.colors
    return np.concatenate([painting.colors, painting.alpha[..., None]], axis=2)


def _on_white(colors: Bytes, alpha: Bytes) -> Bytes:
    """Return colours as they look on white paper."""
    opaque, clear = alpha == _OPAQUE, alpha == 0
    if opaque.all():
        return colors
    if (opaque | clear).all():
        colors = colors.copy()
        colors[clear] = _OPAQUE
        return colors
    weights = alpha[..., None].astype(np.uint16)
    mixed = colors * weights + _OPAQUE * (_OPAQUE - weights)
    return ((mixed + _OPAQUE // 2) // _OPAQUE).astype(np.uint8)


def _one_transparent_index(painting: Painting, palette: Bytes) -> tuple[Bytes, Bytes] | None:
    """Say "no data" by a palette entry that the image does not use. None where it uses all, or is half transparent."""
    indexes, hidden = painting.colors[..., 0], painting.alpha != _OPAQUE
    if not hidden.any():
        return indexes, palette
    if (painting.alpha[hidden] != 0).any():
        return None
    unused = np.flatnonzero(np.bincount(indexes[~hidden], minlength=len(palette)) == 0)
    if unused.size == 0:
        return None
    lut = palette.copy()
    lut[unused[0]] = 0
    return np.where(hidden, np.uint8(unused[0]), indexes), lut
