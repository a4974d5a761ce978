"""Inspections of the rasters that tests share: to inspect one takes several times as long as the start of a service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.identifiers import Flow
    from tiling.models import RasterDescription


@dataclass(kw_only=True)
class InspectedOnce:
    """In place of `Tiles.inspect`: inspects a copy of a raster of ours once, and all other files each time."""

    inspect: Callable[[str, str, Flow], Awaitable[RasterDescription]]
    known: dict[str, RasterDescription]
    """By the raster's name; kept as long as the session."""
    copies: set[str] = field(default_factory=set)
    """What has just been copied, and will be registered next."""

    async def __call__(self, root: str, path: str, flow: Flow) -> RasterDescription:
        if path not in self.copies:
            return await self.inspect(root, path, flow)
        self.copies.remove(path)
        if path not in self.known:
            self.known[path] = await self.inspect(root, path, flow)
        return self.known[path]
