"""The main job, by a program that knows nothing but HTTP and what a demo wrote down: `main_job.py demo.json`.

It needs the standard library alone, so it runs beside any installation. Prints a line per check; exit code 1 where one
fails.
"""

from __future__ import annotations

import base64
import json
import math
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 120.0  # seconds
PNG, JPEG, WEBP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"


class Answer:
    """A status, headers and a body."""

    def __init__(self, address: str, headers: dict[str, str], body: object = None) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data=data, headers=headers)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                self.status, self.headers, self.body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            self.status, self.headers, self.body = error.code, error.headers, error.read()

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Job:
    """The checks, in the order in which a sharer and a recipient come to them."""

    def __init__(self, demo: dict[str, Any]) -> None:
        self.demo = demo
        self.failed = 0

    def check(self, name: str, holds: bool, found: object = "") -> None:
        """Print whether something holds."""
        sys.stdout.write(f"{'ok    ' if holds else 'FAILED'} {name} {'' if holds else found}\n")
        self.failed += not holds

    def operate(self, name: str, **body: object) -> Answer:
        """Call an operation as the sharer."""
        address = f"{self.demo['base_url']}/v1/op/{name}"
        return Answer(address, {"Authorization": f"Bearer {self.demo['api_key']}"}, body)

    def renders(self) -> int:
        """What is counted of the organization's renders."""
        return self.operate("usage.current", organization_id=self.demo["organization_id"]).json["renders"]

    def run(self) -> int:
        """Do the job with each of the demo's links; return how many checks failed."""
        for link in self.demo["links"]:
            self.look_at(link)
        self.share_anew()
        return self.failed

    def look_at(self, link: dict[str, str]) -> None:
        """Open a link as a stranger, then as a recipient with a map."""
        name = link["name"]
        page = Answer(link["url"], {})
        self.check(f"{name}: the page is there", page.status == 200 and b"<!doctype html" in page.body.lower())
        static = [word for word in page.body.decode().split('"') if "/static/" in word]
        sound = [Answer(f"{self.demo['base_url']}/static/{word.split('/static/')[1]}", {}).status for word in static]
        self.check(f"{name}: all {len(static)} static files of the page are there", bool(sound) and set(sound) == {200})
        self.check(f"{name}: nothing without the password", Answer(link["tilejson_url"], {}).status == 401)
        wrong = Answer(link["tilejson_url"], basic("not this one"))
        self.check(f"{name}: nothing with a wrong one", wrong.status == 401, wrong.status)
        document = Answer(link["tilejson_url"], basic(link["password"]))
        self.check(f"{name}: a TileJSON with it", document.status == 200, document.body[:200])
        self.load_tiles(name, document.json)

    def load_tiles(self, name: str, document: dict[str, Any]) -> None:
        """Load a tile of each zoom, and compare what is counted with what came."""
        before, came = self.renders(), 0
        for zoom in range(document["minzoom"], min(document["maxzoom"], document["minzoom"] + 4) + 1):
            longitude, latitude, _ = document["center"]
            x, y = tile_of(longitude, latitude, zoom)
            tile = Answer(document["tiles"][0].format(z=zoom, x=x, y=y), {})
            is_image = tile.status == 200 and tile.body.startswith((PNG, JPEG, WEBP))
            self.check(f"{name}: a tile of zoom {zoom}", is_image or tile.status == 204, tile.status)
            came += tile.status == 200
        counted = self.renders() - before
        self.check(f"{name}: {came} images came, {counted} are counted", came == counted > 0)

    def share_anew(self) -> None:
        """Register a raster by the API, share it, revoke the link."""
        folder, root = Path(self.demo["storage_root_dir"]), self.demo["storage_root"]
        raster = min(folder.glob("*.tif")).name
        item = self.operate("item.create", project_id=self.demo["project_id"], root=root, path=raster)
        self.check("a raster is registered", item.status in {200, 201}, item.body[:300])
        made = self.operate(
            "share.link.create",
            target_type="item",
            target_id=item.json["id"],
            password="correct horse",
            expires_in_hours=1,
        )
        self.check("a link is made", made.status in {200, 201}, made.body[:300])
        address = made.json["tilejson_url"]
        host = urlsplit(address).netloc
        self.check("it has the address of this service", host == urlsplit(self.demo["base_url"]).netloc, host)
        opened = Answer(address, basic("correct horse"))
        self.check("it opens", opened.status == 200, opened.status)
        self.check("it is revoked", self.operate("share.link.revoke", link_id=made.json["id"]).status == 200)
        gone = Answer(address, basic("correct horse"))
        self.check("and gone at once", (gone.status, gone.json["code"]) == (410, "share_revoked"), gone.body[:300])


def basic(password: str) -> dict[str, str]:
    """The header that a map client sends."""
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()}


def tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """The column and row of the tile in which a place lies."""
    across = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * across), int(y * across)


if __name__ == "__main__":
    sys.exit(1 if Job(json.loads(Path(sys.argv[1]).read_text())).run() else 0)
