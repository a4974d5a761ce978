"""A text across a picture, repeated so that it goes on from one tile to the next."""

import math
import textwrap
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tiling.encode import Painting, without_palette
from tiling.geometry.grid import Grid
from tiling.geometry.zooms import WORLD

FONT_PIXELS: Final = 20
ANGLE: Final = 30.0
"""Degrees by which the text rises."""
LINE_CHARACTERS: Final = 32
_SMALLEST_PITCH: Final = 128
_MARGIN: Final = 48
_LETTER_OPACITY, _OUTLINE_OPACITY = 0.55, 0.4
_OUTLINE: Final = 2
_SPELLED: Final = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
    "þ": "th", "Þ": "Th", "ð": "d", "\u0131": "i", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "·": ".", "•": "*", "©": "(c)", "®": "(R)", "€": "EUR",
    "£": "GBP",
}  # fmt: skip
"""What is drawn for letters that Pillow's font lacks, where Unicode does not say it."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """A text, and what it is written in."""

    text: str
    font: str | None = None
    """A TrueType or OpenType file; None for Pillow's own font, which has little more than ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A cell that is repeated over the world: white letters with a dark outline, legible on any ground."""

    gray: Bytes
    """Shape (height, width): 255 in the letters, 0 around them."""
    opacity: Bytes
    """Same shape: 255 hides what is below, 0 leaves it."""


def mark(painting: Painting, grid: Grid, watermark: Watermark) -> Painting:
    """Draw a text across what can be seen of a painting. It lies where it does by the grid's place in the world."""
    stamp, plain = stamp_of(watermark), without_palette(painting)
    left, _, _, top = grid.bounds
    height, width = stamp.gray.shape
    rows = (round((grid.origin[1] - top) / grid.pixel_height) + np.arange(grid.height)) % height
    columns = (round((left - grid.origin[0]) / grid.pixel_size) + np.arange(grid.width)) % width
    gray, opacity = (part[np.ix_(rows, columns)].astype(np.uint16)[..., None] for part in (stamp.gray, stamp.opacity))
    mixed = plain.colors * (255 - opacity) + gray * opacity  # at most 255 * 255: it fits in 16 bits
    colors = ((mixed + 127) // 255).astype(np.uint8)
    if not plain.alpha.all():
        colors = np.where(plain.alpha[..., None] > 0, colors, plain.colors)
    return Painting(colors=colors, alpha=plain.alpha)


def grid_of_picture(width: int, height: int) -> Grid:
    """Return a grid for a picture that lies on no map: its corner is that of a stamp."""
    return Grid(bounds=(-WORLD / 2, WORLD / 2 - height, width - WORLD / 2, WORLD / 2), width=width, height=height)


@lru_cache(maxsize=64)
def stamp_of(watermark: Watermark) -> Stamp:
    """Return the stamp of a text: once in its middle and once across its corners, so that rows are staggered."""
    letters, outline = (_turned(part) for part in _drawn(watermark))
    pitch = max(_SMALLEST_PITCH, letters.shape[1] + _MARGIN), max(_SMALLEST_PITCH, letters.shape[0] + _MARGIN)
    size = 2 * pitch[1], pitch[0]
    inside, around = (_repeated(part, size) for part in (letters, outline))
    solid = np.maximum(inside * _LETTER_OPACITY, around * _OUTLINE_OPACITY)
    gray = np.where(around > 0, 255.0 * inside / np.maximum(around, 1), 0.0)
    return Stamp(gray=gray.clip(0, 255).round().astype(np.uint8), opacity=solid.round().astype(np.uint8))


def undrawable(watermark: Watermark) -> str:
    """Return the characters of a text that its font has neither a letter for nor one that is like it."""
    return "".join(dict.fromkeys(each for each in cleaned(watermark.text) if _like(each, watermark.font) is None))


def _drawn(watermark: Watermark) -> tuple[Bytes, Bytes]:
    """Return letters, and letters with their outline."""
    spelled = "".join(_like(character, watermark.font) or character for character in cleaned(watermark.text))
    lines = "\n".join(textwrap.wrap(spelled, LINE_CHARACTERS)) or " "
    font, canvas = _font(watermark.font), ImageDraw.Draw(Image.new("L", (1, 1)))
    box = canvas.multiline_textbbox((0, 0), lines, font=font, align="center", stroke_width=_OUTLINE)
    size = math.ceil(box[2] - box[0]) + 2, math.ceil(box[3] - box[1]) + 2
    parts = []
    for stroke in (0, _OUTLINE):
        image = Image.new("L", size, 0)
        at = (1 - box[0], 1 - box[1])
        ImageDraw.Draw(image).multiline_text(at, lines, fill=255, font=font, align="center", stroke_width=stroke)
        parts.append(np.asarray(image))
    return parts[0], parts[1]


def cleaned(text: str) -> str:
    """Return a text on one line, without what cannot be seen."""
    seen = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)
    return " ".join(seen.split())


def _turned(image: Bytes) -> Bytes:
    return np.asarray(Image.fromarray(image).rotate(ANGLE, resample=Image.Resampling.BICUBIC, expand=True))


def _repeated(image: Bytes, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return a cell, (height, width), with an image in the middle of its upper half, and half a cell on below."""
    cell = np.zeros(size)
    rows, columns = np.arange(image.shape[0]), np.arange(image.shape[1])
    quarter = size[0] // 4 - image.shape[0] // 2
    for top, left in ((quarter, size[1] // 2 - image.shape[1] // 2), (quarter + size[0] // 2, -image.shape[1] // 2)):
        place = np.ix_((rows + top) % size[0], (columns + left) % size[1])
        cell[place] = np.maximum(cell[place], image)
    return cell


@lru_cache(maxsize=4096)
def _like(character: str, font: str | None) -> str | None:
    """Return a character that the font has a letter for, or what is like it: u for ü; None where there is nothing."""
    missing = _shape("\U0010ffff", font)
    if character.isspace() or _shape(character, font) != missing:
        return character
    parts = _SPELLED.get(character) or unicodedata.normalize("NFKD", character)
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return letters if letters and all(_shape(letter, font) != missing for letter in letters) else None


def _shape(character: str, font: str | None) -> tuple[tuple[int, int], bytes]:
    mask = _font(font).getmask(character, mode="L")
    return mask.size, bytes(mask)


@lru_cache(maxsize=4)
def _font(path: str | None) -> Any:
    return ImageFont.load_default(FONT_PIXELS) if path is None else ImageFont.truetype(path, FONT_PIXELS)
