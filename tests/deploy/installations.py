"""Whole installations, as an operator runs them: `tilegate serve` on a data folder, asked over HTTP."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import mercantile

from service.processes.address import running_address

PATIENCE = 120.0  # seconds, on a busy machine
PASSWORD = "correct horse"
TILEGATE = str(Path(sys.executable).with_name("tilegate"))


class Running:
    """A service on a data folder; stopped at the end of the context."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        ours = {f"TILEGATE_{name.upper()}": str(value) for name, value in settings.items()}
        quick = {"TILEGATE_BCRYPT_COST": "4", "TILEGATE_SETTLE_INTERVAL": "1", "TILEGATE_STANDBY": "false"}
        self.environment = {**os.environ, **quick, **ours}
        self.log = folder.with_suffix(".log")

    def __enter__(self) -> Self:
        words = [TILEGATE, "serve", "--port", "0", "--data", str(self.folder)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(words, stderr=log, env=self.environment)
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()

    def run(self, *words: str) -> str:
        """Run a command on the data folder."""
        done = subprocess.run(
            [TILEGATE, *words, "--data", str(self.folder)],
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, path: str, headers: dict[str, str], body: object = None) -> tuple[int, Any]:
        """Ask once: the status, and the body, parsed where it is JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                status, raw, kind = response.status, response.read(), response.headers["Content-Type"]
        except urllib.error.HTTPError as error:
            status, raw, kind = error.code, error.read(), error.headers["Content-Type"]
        return status, json.loads(raw) if "json" in (kind or "") else raw

    def operate(self, key: str, name: str, **body: object) -> Any:
        """Call an operation that has to work."""
        status, answer = self.ask(f"/v1/op/{name}", {"Authorization": f"Bearer {key}"}, body)
        assert status in {200, 201}, answer
        return answer

    def open(self, link: dict[str, Any]) -> tuple[int, Any]:
        """A link's TileJSON, with its password; the link's address may be that of another machine."""
        basic = base64.b64encode(f"a:{PASSWORD}".encode()).decode()
        return self.ask(f"{urlsplit(link['url']).path}/tilejson.json", {"Authorization": f"Basic {basic}"})

    def load(self, link: dict[str, Any], count: int) -> None:
        """Load as many tiles."""
        status, document = self.open(link)
        assert status == 200, document
        tiles = urlsplit(document["tiles"][0])
        west, south, east, north = document["bounds"]
        assert west < east
        assert south < north
        zoom, (longitude, latitude, _) = document["minzoom"], document["center"]
        x, y = _tile(longitude, latitude, zoom)
        path = tiles.path.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
        for _ in range(count):
            assert self.ask(f"{path}?{tiles.query}", {})[0] == 200

    def renders(self, account: dict[str, str]) -> int:
        """What is counted."""
        return self.operate(account["api_key"], "usage.current", organization_id=account["organization_id"])["renders"]

    @property
    def url(self) -> str:
        address = running_address(self.folder)
        assert address is not None
        return address

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            if running_address(self.folder):
                try:
                    if self.ask("/readyz", {})[0] == 200:
                        return
                except OSError:
                    pass
            time.sleep(0.1)


def _tile(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    tile = mercantile.tile(longitude, latitude, zoom)
    return tile.x, tile.y
