"""Pictures that lie on no map: photographs, drawings, scans. Decoded by Pillow, bounded, and encoded anew.

No byte of the file is passed on, so neither is what else lies in it: where a photograph was taken, another file behind
the picture, whatever a decoder elsewhere would stumble over.
"""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from PIL import Image, ImageCms, ImageOps, ImageSequence

from tiling.encode import WEBP_QUALITY, Painting, encode
from tiling.errors import ContentRefused, SourceUnreadable
from tiling.files.last_read import READING
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import read_whole
from tiling.models import ImageFormat, RenderedTile
from tiling.source.picture_parts import check_parts
from tiling.watermark import Watermark, grid_of_picture, mark

MAX_BYTES: Final = 32 * 2**20
MAX_PIXELS: Final = 40_000_000
MAX_ANIMATED_PIXELS: Final = 24_000_000
"""Of all pictures of an animation together; of a longer one the first is shown."""
MAX_FRAMES: Final = 1000
"""Of an animation, as each takes memory of its own, however small it is; of a longer one the first is shown."""
_MEDIA_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_OPAQUE: Final = 255
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises on files that are not what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDescription:
    """What a picture is, as its file says."""

    width: int
    """Pixels, as it is looked at: a photograph may be stored on its side."""
    height: int
    media_type: str
    """Of the file."""
    is_animated: bool
    """Whether there are several pictures in it, few enough to be shown one after the other."""


def inspect_picture(source: RasterSource) -> PictureDescription:
    """Describe a picture. Blocks. Raises ContentRefused with the reason, and as `read_whole` does."""
    with _opened(source) as image:
        try:
            image.load()
            upright = ImageOps.exif_transpose(image)
        except _BROKEN as exc:
            raise ContentRefused("it cannot be decoded") from exc
        width, height = upright.size
        return PictureDescription(
            width=width, height=height, media_type=_MEDIA_TYPES[image.format or ""], is_animated=_is_animated(image)
        )


def render_picture(
    source: RasterSource, image_format: ImageFormat, max_size: int, watermark: Watermark | None = None
) -> RenderedTile:
    """Return a picture, upright, at most `max_size` pixels on its longer side. Blocks.

    What moves does so as WebP, unless a text is drawn across it; in the other formats it is the first picture. Raises
    SourceUnreadable and its like.
    """
    try:
        with _opened(source) as image:
            if image_format is ImageFormat.WEBP and watermark is None and _is_animated(image):
                return _animation(image, max_size)
            return _still(image, image_format, max_size, watermark)
    except (ContentRefused, *_BROKEN) as exc:
        raise SourceUnreadable("the picture cannot be decoded") from exc


@contextmanager
def _opened(source: RasterSource) -> Iterator[Image.Image]:
    data = read_whole(source, MAX_BYTES)
    before = READING.begin(source)
    try:
        with _open_image(data) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ContentRefused(f"it has more than {MAX_PIXELS // 1_000_000} million pixels")
            yield image
    finally:
        READING.end(before)


def _open_image(data: bytes) -> Image.Image:
    check_parts(data)
    try:
        return Image.open(io.BytesIO(data), formats=tuple(_MEDIA_TYPES))
    except _BROKEN as exc:
        raise ContentRefused("it is not a PNG, JPEG, WebP or GIF picture") from exc


def _is_animated(image: Image.Image) -> bool:
    frames = getattr(image, "n_frames", 1)
    return 1 < frames <= min(MAX_FRAMES, MAX_ANIMATED_PIXELS / (image.width * image.height))


def _still(image: Image.Image, image_format: ImageFormat, max_size: int, watermark: Watermark | None) -> RenderedTile:
    image.draft(image.mode, (max_size, max_size))  # JPEG: decoded at a half, a quarter or an eighth where that will do
    picture = _in_srgb(ImageOps.exif_transpose(image))
    picture.thumbnail((max_size, max_size), Image.Resampling.LANCZOS)
    pixels = np.atleast_3d(np.asarray(picture))
    has_alpha = picture.mode == "RGBA"
    alpha = pixels[..., 3] if has_alpha else np.full(pixels.shape[:2], _OPAQUE, np.uint8)
    painting = Painting(colors=np.ascontiguousarray(pixels[..., :3]), alpha=np.ascontiguousarray(alpha))
    painting = (
        painting if watermark is None else mark(painting, grid_of_picture(picture.width, picture.height), watermark)
    )
    return _rendered(encode(painting, image_format), image_format, picture)


def _animation(image: Image.Image, max_size: int) -> RenderedTile:
    frames, durations, size = list[Image.Image](), list[int](), image.size
    for frame in islice(ImageSequence.Iterator(image), MAX_FRAMES):
        if frame.size != size:  # a GIF's may lie beyond what its head says, and make it larger
            raise ContentRefused("a picture of it is larger than the file says")
        durations.append(int(frame.info.get("duration", 100)))
        copy = frame.convert("RGBA")
        copy.thumbnail((max_size, max_size), Image.Resampling.LANCZOS)
        frames.append(copy)
    file, first = io.BytesIO(), frames[0]
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=int(image.info.get("loop", 1)),
        quality=WEBP_QUALITY,
        method=0,
    )
    return _rendered(file.getvalue(), ImageFormat.WEBP, first)


def _rendered(body: bytes, image_format: ImageFormat, picture: Image.Image) -> RenderedTile:
    return RenderedTile(body=body, media_type=image_format.media_type, width=picture.width, height=picture.height)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture as gray, RGB or RGBA of 8 bits, in the colours of the web."""
    if image.mode.startswith("I"):  # 16 bits; convert() would cut them off
        image = image.point(lambda value: value / 256).convert("L")
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if has_alpha else "L" if image.mode in {"L", "1"} else "RGB"
    if (profile := image.info.get("icc_profile")) and image.mode in {"RGB", "RGBA", "CMYK"}:
        image = _converted(image, profile)
    return image if image.mode == mode else image.convert(mode)


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB; as it is where its colour profile cannot be used."""
    try:
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        inside, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, inside, srgb, outputMode=mode) or image
    except (ImageCms.PyCMSError, *_BROKEN):
        return image
