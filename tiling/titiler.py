"""TiTiler's `render_func`, by our encoders: `TilerFactory(reader=tiling.Reader, render_func=render_image)`."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from rio_tiler.models import ImageData as RioTilerImageData
from titiler.core.resources.enums import ImageType
from titiler.core.utils import render_image as render_by_titiler

from tiling.image_data import ImageData

_FORMATS: Final = frozenset({"png", "jpeg", "jpg", "webp"})


def render_image(
    image: RioTilerImageData,
    colormap: Any = None,
    output_format: ImageType | None = None,
    *,
    add_mask: bool = True,
    rescale: Sequence[Any] | None = None,
    color_formula: str | None = None,
    **kwargs: Any,
) -> tuple[bytes, str]:
    """Return an image file and its media type, as TiTiler's own `render_image` does, which writes what we do not."""
    if rescale:
        image.rescale(rescale)
    if color_formula:
        image.apply_color_formula(color_formula)
    ours = image.apply_colormap(colormap) if colormap and type(colormap) is dict else image
    if ours.array.dtype != np.uint8 or (colormap and ours is image):
        return _by_titiler(image, colormap, output_format, add_mask=add_mask, **kwargs)
    wanted = output_format or (ImageType.png if (ours.mask == 0).any() else ImageType.jpeg)
    if wanted.name not in _FORMATS:
        return _by_titiler(image, colormap, output_format, add_mask=add_mask, **kwargs)
    options = {**kwargs, **wanted.profile}
    return ImageData.of(ours).render(add_mask=add_mask, img_format=wanted.driver, **options), wanted.mediatype


def _by_titiler(*args: Any, **kwargs: Any) -> tuple[bytes, str]:
    body, media_type = render_by_titiler(*args, **kwargs)
    return body, media_type
