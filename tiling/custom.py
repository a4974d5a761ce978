"""A profile that somebody makes up while asking, out of one that there is."""

from dataclasses import dataclass, fields, replace
from typing import Final

from tiling.errors import ProfileInvalid
from tiling.expression import ExpressionError, expression_bands, parse_expression
from tiling.profile import TERRAIN_ALGORITHMS, Algorithm, Profile, ProfileKind, Resampling

CUSTOM: Final = "custom"
"""The id of such a profile."""
MAX_BANDS: Final = 8
"""Bands that one expression may name: each is read for every pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRender:
    """What is said of how a raster is to be rendered; None is what is not said. As the fields of `Profile`."""

    bands: tuple[int, ...] | None = None
    expression: str | None = None
    rescale: tuple[tuple[float, float], ...] | None = None
    colormap: str | None = None
    algorithm: Algorithm | None = None
    resampling: Resampling | None = None
    nodata: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return all(getattr(self, field.name) is None for field in fields(self))


def customised(base: Profile, render: CustomRender) -> Profile:
    """Return a profile with the given values in place of its own. Raises ProfileInvalid.

    Other bands, or an expression, begin anew: range, colours and algorithm of the profile were made for its own bands.
    """
    said = {field.name: value for field in fields(render) if (value := getattr(render, field.name)) is not None}
    if not said:
        return base
    if "bands" in said or "expression" in said:
        _check_expression(render.expression)
        plain = {"bands": (), "expression": None, "rescale": (), "colormap": None, "algorithm": None, "labels": ()}
        said = plain | said
    said |= {"id": CUSTOM, "label": CUSTOM, "is_default": False}
    return replace(base, kind=_kind(base, render), **said)


def _kind(base: Profile, render: CustomRender) -> ProfileKind:
    if render.algorithm is not None:
        return ProfileKind.TERRAIN if render.algorithm in TERRAIN_ALGORITHMS else ProfileKind.ELEVATION
    if render.bands is not None:
        return ProfileKind.RGB if len(render.bands) == 3 else ProfileKind.RAW  # noqa: PLR2004 - red, green, blue
    if render.expression is not None:
        return ProfileKind.RGB if ";" in render.expression else ProfileKind.INDEX
    return base.kind


def _check_expression(expression: str | None) -> None:
    try:
        bands = expression_bands(parse_expression(expression)) if expression is not None else ()
    except ExpressionError as exc:
        raise ProfileInvalid(str(exc), field="expression") from exc
    if len(bands) > MAX_BANDS:
        raise ProfileInvalid(f"an expression must use at most {MAX_BANDS} bands", field="expression")
