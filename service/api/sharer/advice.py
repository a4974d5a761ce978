"""What to do about what registering warned of."""

from __future__ import annotations

from dataclasses import dataclass

ADVICE = (
    ("no overviews", "Write it anew once, and register that: tilegate optimise in.tif out.tif"),
    ("no pixel with data", "Look at the picture. If it is empty, set another no-data value in the profile below."),
    ("taken for no data", "If that is a real value, set another no-data value in the profile below."),
    ("ground control points", "Place it once, and register that: tilegate optimise in.tif out.tif, or gdalwarp -tps"),
    ("taken for elevation", "If these are no heights, choose another kind and range in the profile below."),
    ("tilegate optimise", "If it is to be downloaded only, nothing has to be done."),
    ("not all", "Read it through once, as by gdalinfo -checksum, to know that the rest is whole."),
)
"""By what a warning says."""
OTHERWISE = "Look at the picture: if it is as it should be, nothing has to be done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning, and what to do about it."""

    text: str
    advice: str


def advised(text: str) -> Warned:
    """Return a warning with what to do."""
    advice = next((advice for words, advice in ADVICE if words in text), OTHERWISE)
    return Warned(text=text, advice=advice)
