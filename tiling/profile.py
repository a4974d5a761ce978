"""A profile: a named way to render a raster."""

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, Literal, get_args

from tiling.colormaps import colormap_exists
from tiling.errors import ProfileInvalid
from tiling.expression import MAX_BAND, ExpressionError, parse_expression
from tiling.text.labels import Labels, check_labels

Algorithm = Literal["hillshade", "terrainrgb", "terrarium"]
Resampling = Literal["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode"]

TERRAIN_ALGORITHMS: Final = frozenset({"terrainrgb", "terrarium"})
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MAX_LABEL: Final = 200
LARGEST_VALUE: Final = 1e37
"""What is larger is no measurement, but a fill value such as -3.4e38, and would overflow single precision."""
_NARROWEST: Final = 1e-30


class ProfileKind(StrEnum):
    """What a profile shows."""

    RGB = "rgb"
    """Three bands as red, green and blue."""
    INDEX = "index"
    """One value per pixel looked up in a palette: classes, or a spectral index."""
    ELEVATION = "elevation"
    """Heights as colours, a shaded relief, or both."""
    RAW = "raw"
    """One band (or three) stretched between two values."""
    TERRAIN = "terrain"
    """Heights packed into red, green and blue for a 3-D client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named way to render a raster. Raises ProfileInvalid, naming the field at fault."""

    __pydantic_config__: ClassVar = {"ser_json_inf_nan": "strings"}
    """JSON has no NaN: pydantic writes "NaN", and reads it back."""

    id: str
    """A slug of at most 64 characters: a-z, 0-9, dash and underscore."""
    label: str
    """What a person reads."""
    kind: ProfileKind
    """What it shows."""
    bands: tuple[int, ...] = ()
    """One or three band numbers from 1. Empty: the first one, or the first three for rgb."""
    expression: str | None = None
    """Band maths instead of `bands`; see `tiling.expression`."""
    rescale: tuple[tuple[float, float], ...] = ()
    """One (min, max) for all bands, or one each, in the raster's own unit (after its scale and offset), or in metres
    where `algorithm` is given and the raster's unit is a length.

    Empty: the data type's range, which only integers have.
    """
    colormap: str | None = None
    """The name of a colormap, for one band. None: the file's palette where there is one, else gray."""
    algorithm: Algorithm | None = None
    """What to do with heights. terrainrgb and terrarium belong to kind terrain, and it to them."""
    resampling: Resampling = "nearest"
    """How source pixels are sampled. A palette of the file is sampled by nearest whatever is said here."""
    nodata: float | None = None
    """Overrides the file's. May be NaN."""
    labels: Labels = field(default_factory=tuple, hash=False, repr=False)
    """What the values of its band stand for: names of classes, for legends and values. No pixel depends on it."""
    is_default: bool = False
    """Shown when nobody asks for another one."""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_bands()
        self._check_rescale()
        self._check_algorithm()
        self._check_labels()
        if self.nodata is not None and math.isnan(self.nodata):  # one object for all, or no two profiles are equal
            object.__setattr__(self, "nodata", math.nan)

    @property
    def is_terrain(self) -> bool:
        """Whether pixels are heights in disguise, which a lossy encoding would destroy."""
        return self.algorithm in TERRAIN_ALGORITHMS

    def _check_names(self) -> None:
        if not isinstance(self.id, str) or not _SLUG.fullmatch(self.id):
            raise ProfileInvalid("id must consist of a-z, 0-9, - and _ (at most 64 characters)", field="id")
        if not isinstance(self.label, str) or not 0 < len(self.label) <= _MAX_LABEL:
            raise ProfileInvalid(f"label must have 1 to {_MAX_LABEL} characters", field="label")
        if self.kind not in set(ProfileKind):
            raise ProfileInvalid(f"kind must be one of {', '.join(ProfileKind)}", field="kind")
        if self.resampling not in get_args(Resampling):
            raise ProfileInvalid(f"resampling must be one of {', '.join(get_args(Resampling))}", field="resampling")
        if self.colormap is not None and not colormap_exists(self.colormap):
            raise ProfileInvalid("there is no colormap of this name", field="colormap")
        if self.nodata is not None and not _is_number(self.nodata) and str(self.nodata) != "nan":
            raise ProfileInvalid("nodata must be a number or NaN", field="nodata")

    def _check_labels(self) -> None:
        try:
            check_labels(self.labels)
        except ValueError as exc:
            raise ProfileInvalid(str(exc), field="labels") from exc
        if self.labels and (self._value_count() != 1 or self.expression is not None):
            raise ProfileInvalid("labels name the values of one band", field="labels")

    def _check_bands(self) -> None:
        if len(self.bands) not in (0, 1, 3):
            raise ProfileInvalid("bands must list one band or three", field="bands")
        if any(type(band) is not int or not 1 <= band <= MAX_BAND for band in self.bands):
            raise ProfileInvalid("bands must be integers from 1", field="bands")
        if self.expression is None:
            return
        if self.bands:
            raise ProfileInvalid("give bands or an expression, not both", field="expression")
        try:
            parse_expression(self.expression)
        except ExpressionError as exc:
            raise ProfileInvalid(str(exc), field="expression") from exc

    def _check_rescale(self) -> None:
        if len(self.rescale) not in {0, 1, self._value_count()}:
            raise ProfileInvalid("rescale must have one range, or one for each of three bands", field="rescale")
        for pair in self.rescale:
            if len(pair) != 2 or not all(_is_number(value) for value in pair):  # noqa: PLR2004 - from and to
                raise ProfileInvalid("a rescale range must be two finite numbers", field="rescale")
            if max(abs(pair[0]), abs(pair[1])) > LARGEST_VALUE or pair[1] - pair[0] < _NARROWEST:
                raise ProfileInvalid("a rescale range must go from a smaller to a larger number", field="rescale")

    def _check_algorithm(self) -> None:
        if self.algorithm is not None and self.algorithm not in get_args(Algorithm):
            raise ProfileInvalid(f"algorithm must be one of {', '.join(get_args(Algorithm))}", field="algorithm")
        if self.is_terrain != (self.kind == ProfileKind.TERRAIN):
            raise ProfileInvalid("kind terrain requires algorithm terrainrgb or terrarium", field="algorithm")
        if (self.algorithm or self.colormap) and self._value_count() != 1:
            field = "algorithm" if self.algorithm else "colormap"
            raise ProfileInvalid(f"{field} works on one band or one expression", field=field)

    def _value_count(self) -> int:
        if self.expression is not None:
            return self.expression.count(";") + 1
        return len(self.bands) or (3 if self.kind == ProfileKind.RGB else 1)


def _is_number(value: object) -> bool:
    """Whether it is an int or a float, finite even as a float (10**400 is not)."""
    if type(value) not in (int, float):
        return False
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]  # narrowed by the line above
    except OverflowError:
        return False
