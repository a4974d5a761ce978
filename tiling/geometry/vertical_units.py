"""Units of heights: what a raster declares, in metres."""

from typing import Final

METRE: Final = 1.0
_FOOT: Final = 0.3048
_SURVEY_FOOT: Final = 1200 / 3937
_INDIAN_FOOT: Final = 0.3047995
_METRES: Final[dict[str, float]] = (
    dict.fromkeys(("m", "metre", "metres", "meter", "meters", "mtr"), METRE)
    | dict.fromkeys(("dm", "decimetre", "decimetres", "decimeter", "decimeters"), 0.1)
    | dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), 0.01)
    | dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), 0.001)
    | dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0)
    | dict.fromkeys(("ft", "foot", "feet", "'", "international foot", "international feet"), _FOOT)
    | dict.fromkeys(
        ("us survey foot", "us survey feet", "u.s. survey foot", "us foot", "us-ft", "usft", "ftus", "ft us", "sft",
         "foot us", "us ft", "survey foot", "survey feet", "us_survey_foot", "foot_us", "us survey foot (us)"),
        _SURVEY_FOOT,
    )
    | dict.fromkeys(("indian foot", "ind-ft"), _INDIAN_FOOT)
    | dict.fromkeys(("yd", "yard", "yards", "international yard"), 3 * _FOOT)
    | dict.fromkeys(("us survey yard", "us-yd"), 3 * _SURVEY_FOOT)
    | dict.fromkeys(("fathom", "fathoms", "fath"), 6 * _FOOT)
)  # fmt: skip
"""By the names that GDAL, PROJ and EPSG have for them, in lower case."""


def metres_per(unit: str | None) -> float | None:
    """Return the length of a unit in metres; None for one that is no length, or that is unknown or missing."""
    return _METRES.get(" ".join((unit or "").lower().split()))
