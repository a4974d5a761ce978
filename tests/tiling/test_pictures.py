"""Pictures that lie on no map: shown upright, bounded, without what else their files hold."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.tiling.gate.hostile import progressive_jpeg
from tiling.errors import ContentRefused, SourceChanged, SourceGone, SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.files.rooted_file import look_at
from tiling.files.small_files import MAX_TEXT_BYTES, read_text
from tiling.models import ImageFormat
from tiling.pictures import inspect_picture, render_picture

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "51.4778 N, 0.0015 W"


def source_of(path: Path) -> RasterSource:
    return RasterSource(path=str(path), version="1")


def gradient(width: int, height: int, mode: str = "RGB") -> Image.Image:
    row = np.linspace(0, 255, width, dtype=np.uint8)
    return Image.fromarray(np.broadcast_to(row[None, :, None], (height, width, 3)).copy()).convert(mode)


def shown(path: Path, image_format: ImageFormat = ImageFormat.PNG, max_size: int = 4096) -> Image.Image:
    rendered = render_picture(source_of(path), image_format, max_size)
    assert rendered.body is not None
    image = Image.open(io.BytesIO(rendered.body))
    assert (rendered.width, rendered.height) == image.size
    return image


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.png", "RGB", {}),
        ("a.png", "RGBA", {}),
        ("a.png", "L", {}),
        ("a.png", "1", {}),
        ("a.png", "P", {}),
        ("a.jpg", "RGB", {}),
        ("a.jpg", "CMYK", {}),
        ("a.webp", "RGB", {"lossless": True}),
        ("a.gif", "P", {}),
    ],
)
def test_each_kind_of_picture_is_shown(tmp_path: Path, name: str, mode: str, options: dict[str, Any]) -> None:
    path = tmp_path / name
    gradient(64, 32, mode).save(path, **options)
    described = inspect_picture(source_of(path))
    assert (described.width, described.height, described.is_animated) == (64, 32, False)
    for image_format in ImageFormat:
        image = shown(path, image_format)
        pixels = np.asarray(image.convert("RGB"), dtype=int)[16]
        assert pixels[2].max() < 60
        assert pixels[-2].min() > 200


def test_sixteen_bits_are_not_cut_off(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 64 * 32).reshape(32, 64).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    pixels = np.asarray(shown(tmp_path / "a.png").convert("L"))
    assert pixels[0, 0] < 3
    assert 120 < pixels[16, 0] < 136
    assert pixels[-1, -1] > 252


def test_a_photograph_is_upright_and_tells_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = SECRET
    gradient(64, 32).save(path, exif=exif)
    with path.open("ab") as file:
        file.write(SECRET.encode() * 3)
    described = inspect_picture(source_of(path))
    assert (described.width, described.height) == (32, 64)
    for image_format in ImageFormat:
        rendered = render_picture(source_of(path), image_format, 4096)
        assert rendered.body is not None
        assert SECRET.encode() not in rendered.body
        assert (rendered.width, rendered.height) == (32, 64)


def test_a_picture_is_made_smaller_and_never_larger(tmp_path: Path) -> None:
    gradient(400, 100).save(tmp_path / "a.jpg")
    assert shown(tmp_path / "a.jpg", max_size=100).size == (100, 25)
    assert shown(tmp_path / "a.jpg", max_size=1000).size == (400, 100)


def test_what_moves_does_so_as_webp(tmp_path: Path) -> None:
    frames = [gradient(32, 32), gradient(32, 32).rotate(90)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=80, loop=0)
    assert inspect_picture(source_of(tmp_path / "a.gif")).is_animated
    assert getattr(shown(tmp_path / "a.gif", ImageFormat.WEBP), "n_frames", 1) == 2
    assert getattr(shown(tmp_path / "a.gif", ImageFormat.PNG), "n_frames", 1) == 1


def test_what_is_no_picture_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    gradient(64, 32).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:80])
    (tmp_path / "huge.png").write_bytes(png_of_size(30_000, 30_000))
    gradient(8, 8).save(tmp_path / "a.tiff")
    for name, why in (
        ("a.png", "not a PNG"),
        ("cut.png", "cannot be decoded"),
        ("huge.png", "not a PNG|million pixels"),
        ("a.tiff", "not a PNG"),
    ):
        with pytest.raises(ContentRefused, match=why):
            inspect_picture(source_of(tmp_path / name))
        with pytest.raises(SourceUnreadable):
            render_picture(source_of(tmp_path / name), ImageFormat.PNG, 100)
    with pytest.raises(SourceGone):
        inspect_picture(source_of(tmp_path / "gone.png"))


def test_a_text_is_small_and_in_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffÄpfel".encode())
    assert read_text(source_of(path)) == "Äpfel"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ContentRefused, match="UTF-8"):
        read_text(source_of(path))
    path.write_bytes(b"a" * (MAX_TEXT_BYTES + 1))
    with pytest.raises(ContentRefused, match="larger than 200 kB"):
        read_text(source_of(path))


def test_a_text_that_became_a_link_or_was_written_to_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("honest")
    seen = RasterSource.beneath(look_at(str(tmp_path), ("a.txt",)))
    assert read_text(seen) == "honest"
    path.write_text("forged")
    with pytest.raises(SourceChanged):
        read_text(seen)
    path.rename(tmp_path / "b.txt")
    path.symlink_to("b.txt")
    with pytest.raises(SourceGone):
        read_text(seen)


def gif(frames: int, *, larger: bool = False, comments: int = 0) -> bytes:
    """A GIF of one pixel and so many frames; the last one may be larger than the file says."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    comment = b"!\xfe" + b"\x01a" * comments + b"\0" if comments else b""
    sides = [1] * (frames - 1) + [200 if larger else 1]
    pictures = (b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x44\x01\0" for side in sides)
    return head + comment + b"".join(pictures) + b";"


def jpeg(**options: Any) -> bytes:
    file = io.BytesIO()
    gradient(64, 64).save(file, "JPEG", **options)
    return file.getvalue()


def png(chunks: int) -> bytes:
    file = io.BytesIO()
    gradient(64, 64).save(file, "PNG")
    body = file.getvalue()
    return body[:33] + (b"\0\0\0\0abCd" + zlib.crc32(b"abCd").to_bytes(4, "big")) * chunks + body[33:]


@pytest.mark.parametrize(
    "body",
    [
        progressive_jpeg(64, 800),
        jpeg()[:2] + b"\xff\xfe\0\2" * 20_000 + jpeg()[2:],
        jpeg()[:2] + b"\xff\xf0" * 200_000 + jpeg()[2:],
        jpeg()[:3] + b"\xff" * 20_000 + jpeg()[3:],
        jpeg()[:20] + b"junk" * 20_000 + jpeg()[20:],
        png(20_000),
        gif(20_000),
        gif(1, comments=20_000),
    ],
    ids=["scans", "comments", "bare", "filling", "junk", "chunks", "frames", "pieces"],
)
def test_a_picture_of_too_many_parts_is_not_decoded(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a").write_bytes(body)
    with pytest.raises(ContentRefused, match=r"scans|parts"):
        inspect_picture(source_of(tmp_path / "a"))
    with pytest.raises(SourceUnreadable):
        render_picture(source_of(tmp_path / "a"), ImageFormat.WEBP, 256)


def test_parts_that_pictures_have_are_taken(tmp_path: Path) -> None:
    turned = jpeg(progressive=True, exif=Image.Exif(), comment=b"a" * 60_000, icc_profile=bytes(200_000))
    for body in (turned, turned[:2] + b"\xff" * 9 + turned[2:], jpeg() + bytes(100_000), png(50), gif(900)):
        (tmp_path / "a").write_bytes(body)
        assert shown(tmp_path / "a").size in {(64, 64), (1, 1)}


def test_of_an_animation_of_very_many_small_frames_the_first_is_shown(tmp_path: Path) -> None:
    for frames, is_animated in ((900, True), (1100, False)):
        (tmp_path / "a.gif").write_bytes(gif(frames))
        assert inspect_picture(source_of(tmp_path / "a.gif")).is_animated is is_animated
        assert getattr(shown(tmp_path / "a.gif", ImageFormat.WEBP), "n_frames", 1) in {1, 900}


def test_a_frame_that_is_larger_than_its_file_says_is_not_decoded(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif(3, larger=True))
    with pytest.raises(SourceUnreadable):
        render_picture(source_of(tmp_path / "a.gif"), ImageFormat.WEBP, 256)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose head says a size that its body does not hold."""
    file = io.BytesIO()
    PngImagePlugin.putchunk(file, b"IHDR", width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0")
    PngImagePlugin.putchunk(file, b"IDAT", zlib.compress(b"\0" * 100))
    PngImagePlugin.putchunk(file, b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + file.getvalue()
