"""What a demo reports: to a program as demo.json, to a person as text."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ONLY_OURS = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLink:
    """A link of the demo, with its password."""

    name: str
    url: str
    token: str
    password: str
    tilejson_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """A running demo. It holds secrets: the file is its owner's alone."""

    base_url: str
    api_key: str
    organization_id: str
    project_id: str
    storage_root: str
    storage_root_dir: str
    links: tuple[DemoLink, ...]

    def write(self, path: Path) -> None:
        """Write it as JSON, mode 0600; whoever sees the file sees all of it. Blocks. Raises OSError."""
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OURS)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file, indent=2)
        unfinished.replace(path)

    def text(self, record: Path) -> str:
        """Return what a person reads. `record`: where it was written."""
        return "\n".join([*self._links_text(), "", *self._next_steps_text(record)])

    def _links_text(self) -> list[str]:
        lines = ["", f"Tilegate is running at {self.base_url}.", "", "Open a link in a browser and give its password:"]
        for link in self.links:
            lines += ["", f"  {link.name}", f"    link      {link.url}", f"    password  {link.password}"]
        return lines

    def _next_steps_text(self, record: Path) -> list[str]:
        first = self.links[0]
        return [
            "For a map client, as TileJSON (QGIS and GDAL ask for the password; any user name will do):",
            "",
            f"  curl -u anyone:{first.password} {first.tilejson_url}",
            "",
            "As the sharer, what was rendered and will be billed:",
            "",
            f"  curl -H 'Authorization: Bearer {self.api_key}' -H 'Content-Type: application/json' \\",
            f'       -d \'{{"organization_id": "{self.organization_id}"}}\' {self.base_url}/v1/op/usage.current',
            "",
            f"All of this is also in {record}. The API is described at {self.base_url}/openapi.json.",
            "Ctrl-C stops it; starting it again goes on from here.",
        ]
