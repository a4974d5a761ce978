"""What the process that optimises is asked to do, as it is sent to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiling.gate.landlock import Reach
from tiling.ingest.foreign.opening import Choice

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One raster to write anew."""

    source: Path
    """Absolute, without symbolic links."""
    target: Path
    """A new file in a folder of its own."""
    choice: Choice
    picture: bool | None
    quality: int
    memory: int
    """Bytes of private memory."""
    seconds: int
    """Of a processor."""
    reach: Reach
    trusted: bool
    """Whether other formats than GeoTIFF are read where the kernel cannot hold GDAL to the source's folder."""

    def packed(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def unpacked(cls, text: str) -> Self:
        """Return what `packed` wrote: it comes from the process that started this one, which is believed."""
        told: dict[str, Any] = json.loads(text)
        told |= {name: Path(told[name]) for name in ("source", "target")}
        bands = tuple(told["choice"].pop("bands"))
        lists = {name: tuple(told["reach"][name]) for name in ("readable", "writable")}
        return cls(**told | {"choice": Choice(bands=bands, **told["choice"]), "reach": Reach(**told["reach"] | lists)})
