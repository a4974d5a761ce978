"""How recipients say themselves that a raster is to be rendered, where their link lets them."""

from __future__ import annotations

import json
import math
from typing import Annotated

from pydantic import BeforeValidator, Field

from service.operations.core.operation import Request
from tiling.custom import CustomRender
from tiling.profile import Algorithm, Resampling

Text = Annotated[str, Field(max_length=8192)]


def _as_text(value: object) -> object:
    """Return a colormap that was given as an object as the JSON text that it is."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value


class Render(Request):
    """Instead of what the profile says; what is left out stays as it is. Only links with `custom_render` allow it.

    `bands` or `expression` begin anew, without the profile's range, colours and algorithm.
    """

    bands: tuple[int, ...] | None = Field(None, max_length=3, description="One band or three, from 1")
    expression: Annotated[str, Field(max_length=256)] | None = Field(None, description="Band maths: (b4-b3)/(b4+b3)")
    rescale: tuple[tuple[float, float], ...] | None = Field(
        None, max_length=3, description="A range (min, max) for all bands, or one each"
    )
    colormap: Annotated[Text, BeforeValidator(_as_text)] | None = Field(
        None, description='A name, or an object of colours by index: {"0": "#000000", "255": [255, 255, 255, 255]}'
    )
    algorithm: Algorithm | None = None
    resampling: Resampling | None = None
    nodata: float | None = Field(None, description="A number, or the text NaN")

    def as_custom(self) -> CustomRender:
        """Return it as `tiling` takes it."""
        return CustomRender(**dict(self))

    def query(self) -> list[tuple[str, str]]:
        """Return it as the query parameters of a URL."""
        said: list[tuple[str, str]] = [("bidx", str(band)) for band in self.bands or ()]
        said += [("rescale", f"{low!r},{high!r}") for low, high in self.rescale or ()]
        for name in ("expression", "colormap", "algorithm", "resampling"):
            if (value := getattr(self, name)) is not None:
                said.append((name, str(value)))
        if self.nodata is not None:
            said.append(("nodata", "nan" if math.isnan(self.nodata) else repr(self.nodata)))
        return said
