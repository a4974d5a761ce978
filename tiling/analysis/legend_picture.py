"""A legend as a picture."""

import io
import math
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from tiling.analysis.legend import Legend

WIDTH: Final = 240
_MARGIN, _LINE, _SWATCH, _BAR = 10, 20, 14, 16
_TEXT, _FRAME = "#222222", "#888888"
_FONT_PIXELS: Final = 13
_MAX_LINES: Final = 64
_LONGEST: Final = 34
_WORDS: Final = {"relief": "Light from the north-west", "heights": "Heights for 3-D clients"}


def draw_legend(legend: Legend) -> bytes:
    """Return a legend as a PNG, `WIDTH` pixels wide. Blocks."""
    lines = legend.entries[:_MAX_LINES]
    rest = len(legend.entries) - len(lines)
    rows = len(lines) + (rest > 0) + (legend.kind in _WORDS) + (2 if legend.kind == "ramp" else 0)
    image = Image.new("RGB", (WIDTH, 2 * _MARGIN + (1 + rows) * _LINE), "white")
    canvas, font = ImageDraw.Draw(image), ImageFont.load_default(_FONT_PIXELS)
    canvas.text((_MARGIN, _MARGIN), _shortened(legend.title), fill=_TEXT, font=font)
    top = _MARGIN + _LINE
    if legend.kind == "ramp":
        _ramp(canvas, legend, top, font)
    if legend.kind in _WORDS:
        canvas.text((_MARGIN, top), _WORDS[legend.kind], fill=_TEXT, font=font)
    for entry in lines:
        box = (_MARGIN, top + 2, _MARGIN + _SWATCH, top + 2 + _SWATCH)
        canvas.rectangle(box, fill=entry.color[:7], outline=_FRAME)
        canvas.text((_MARGIN + _SWATCH + 8, top), _shortened(entry.label), fill=_TEXT, font=font)
        top += _LINE
    if rest > 0:
        canvas.text((_MARGIN, top), f"and {rest} more", fill=_TEXT, font=font)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _ramp(canvas: ImageDraw.ImageDraw, legend: Legend, top: int, font: Any) -> None:
    left, right = _MARGIN, WIDTH - _MARGIN
    step = (right - left) / max(1, len(legend.colors))
    for index, color in enumerate(legend.colors):
        edges = left + index * step, left + (index + 1) * step
        canvas.rectangle((math.floor(edges[0]), top, math.ceil(edges[1]) - 1, top + _BAR), fill=color[:7])
    canvas.rectangle((left, top, right - 1, top + _BAR), outline=_FRAME)
    if legend.low is None or legend.high is None:
        return
    below, middle = top + _LINE, (legend.low + legend.high) / 2
    unit = f" {legend.unit}" if legend.unit else ""
    for at, value, anchor in ((left, legend.low, "la"), (WIDTH / 2, middle, "ma"), (right, legend.high, "ra")):
        text = f"{value:.4g}" + (unit if anchor == "ra" else "")
        canvas.text((at, below), text, fill=_TEXT, font=font, anchor=anchor)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
