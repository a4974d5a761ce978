"""rio-tiler's `ImageData`, encoded by our encoders where they give the same picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import attr
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image
from rio_tiler.models import ImageData as RioTilerImageData

from tiling.png import encode_png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPAQUE: Final = 255
_JPEG_QUALITY, _WEBP_QUALITY = 75, 75
"""GDAL's, where none is asked for."""
_IGNORED_BY_PNG: Final = frozenset({"ZLEVEL"})
"""Creation options of GDAL that change how a file is packed, not what it shows."""
_GRAY, _RGB = 1, 3


class ImageData(RioTilerImageData):
    """Pixels that a `tiling.Reader` has read. All is rio-tiler's, but for the speed of `render`."""

    @classmethod
    def of(cls, image: RioTilerImageData) -> ImageData:
        """Return the same image, of this class."""
        return cls(**{field.name: getattr(image, field.name) for field in attr.fields(RioTilerImageData)})

    def apply_colormap(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().apply_colormap(*args, **kwargs))

    def apply_expression(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().apply_expression(*args, **kwargs))

    def resize(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().resize(*args, **kwargs))

    def clip(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().clip(*args, **kwargs))

    def post_process(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().post_process(*args, **kwargs))

    def reproject(self, *args: Any, **kwargs: Any) -> ImageData:
        """As rio-tiler's."""
        return ImageData.of(super().reproject(*args, **kwargs))

    def render(self, add_mask: bool = True, img_format: str = "PNG", colormap: Any = None, **kwargs: Any) -> bytes:
        """Return an image file, as rio-tiler's `render` does: the same pixels as PNG, the same picture as JPEG or WebP.

        Our encoders write PNG, JPEG and WebP of bytes, in gray or RGB, with or without a mask. rio-tiler writes the
        rest: other formats and types, colormaps (`apply_colormap` first to have them encoded here), and all that is
        asked for with a creation option other than the quality or the effort.
        """
        encode = _ENCODERS.get(img_format.upper())
        if encode is not None and not colormap and self.array.dtype == np.uint8 and self.count in {_GRAY, _RGB}:
            pixels = np.moveaxis(self.array.data, 0, -1)
            body = encode(pixels, self.mask if add_mask else None, {name.upper(): kwargs[name] for name in kwargs})
            if body is not None:
                return body
        body = super().render(add_mask=add_mask, img_format=img_format, colormap=colormap, **kwargs)
        return bytes(body)


class GatedImage(ImageData):
    """Pixels of what the gate has opened, in the raster's unit: scale and offset, if any, are applied."""

    opacity: NDArray[np.uint8]
    """Shape (height, width): 255 is fully visible, 0 is no data. A pixel has data if one of its bands does."""

    @classmethod
    def made_of(cls, values: NDArray[Any], opacity: NDArray[np.uint8], **fields: Any) -> GatedImage:
        """Return an image of values, (bands, height, width), all of them masked where nothing is visible."""
        hidden = np.empty(values.shape, dtype=np.bool_)  # a sixth of the time that a copy of broadcast bands takes
        hidden[...] = opacity == 0
        image = cls(np.ma.MaskedArray(values, mask=hidden), **fields)
        image.opacity = opacity
        return image

    def with_values(self, values: NDArray[Any], opacity: NDArray[np.uint8]) -> GatedImage:
        """Return other values of the same place."""
        return self.made_of(values, opacity, assets=self.assets, bounds=self.bounds, crs=self.crs)


def _png(pixels: NDArray[np.uint8], mask: NDArray[np.uint8] | None, options: Mapping[str, Any]) -> bytes | None:
    if options.keys() - _IGNORED_BY_PNG:
        return None
    return encode_png(pixels if mask is None else np.concatenate([pixels, mask[..., None]], axis=2))


def _jpeg(pixels: NDArray[np.uint8], _mask: NDArray[np.uint8] | None, options: Mapping[str, Any]) -> bytes | None:
    quality = _quality(options, _JPEG_QUALITY)
    if quality is None:
        return None
    is_gray = pixels.shape[2] == _GRAY
    encoded: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels),
        quality=quality,
        colorspace="GRAY" if is_gray else "RGB",
        colorsubsampling="Gray" if is_gray else "420",
    )
    return encoded


def _webp(pixels: NDArray[np.uint8], mask: NDArray[np.uint8] | None, options: Mapping[str, Any]) -> bytes | None:
    if str(options.get("LOSSLESS", False)).upper() not in {"FALSE", "NO"}:
        return None
    quality = _quality({name: options[name] for name in options.keys() - {"LOSSLESS"}}, _WEBP_QUALITY)
    if quality is None:
        return None
    if pixels.shape[2] == _GRAY:  # WebP knows no gray
        pixels = np.repeat(pixels, _RGB, axis=2)
    if mask is not None and (mask != _OPAQUE).any():
        pixels = np.concatenate([pixels, mask[..., None]], axis=2)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "WEBP", quality=quality, method=0)
    return file.getvalue()


def _quality(options: Mapping[str, Any], default: int) -> int | None:
    """Return the quality that is asked for; None where anything else is, or what is no quality."""
    if options.keys() - {"QUALITY"}:
        return None
    value = str(options.get("QUALITY", default))
    return int(value) if value.isdecimal() and 1 <= int(value) <= 100 else None  # noqa: PLR2004 - percent


_ENCODERS: Final[Mapping[str, Callable[..., bytes | None]]] = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}
