"""What a link could cost, as it is told."""

from __future__ import annotations

from pydantic import Field

from service.operations.core.operation import Response


class ZoomCost(Response):
    """The tiles of one zoom, and their pixels."""

    zoom: int
    tiles: int
    pixels: int


class LinkCost(Response):
    """What is metered if somebody looks at all of a link once, in web mercator's 256-pixel tiles.

    A tile without data is not metered, and `max_renders` ends a link earlier; @2x tiles have four times the pixels.
    """

    tiles: int
    pixels: int
    zooms: tuple[ZoomCost, ...] = Field(description="Each zoom that the link's map shows")
