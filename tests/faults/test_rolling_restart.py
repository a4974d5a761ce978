"""Clients load tiles all the time, over connections that they keep, while the workers are replaced or stopped."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import mercantile
import psutil
import pytest
from click.testing import CliRunner

from service.cli import main
from service.processes.sockets import listening_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 90.0  # seconds, on a busy machine
RASTER = Path(__file__).parents[1] / "data" / "RGB.byte.tif"
PASSWORD = "correct horse battery"
PAUSES = (0.004, 0.004, 0.01, 0.05, 0.2, 0.7)  # seconds between the requests of each client


class Service:
    """A real `tilegate serve` with two workers and a link."""

    def __init__(self, folder: Path, redis_url: str, **more: object) -> None:
        self.data = folder / "data"
        with listening_socket("127.0.0.1", 0) as free:
            self.port = free.getsockname()[1]
        variables = {
            "STANDBY": False,
            "DATA_DIR": self.data,
            "REDIS_URL": redis_url,
            "PORT": self.port,
            "WORKERS": 2,
            "BCRYPT_COST": 4,
        }
        variables |= {"RATE_TILES": 10**8, "RENDER_WAIT": PATIENCE, "RENDER_TIMEOUT": PATIENCE, "LOG_LEVEL": "WARNING"}
        variables |= more
        self.environment = {f"TILEGATE_{name}": str(value) for name, value in variables.items()}
        self.link = self._share()
        self.log = folder / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from service.cli import main; main(['serve'])"],
                stderr=log,
                env=os.environ | self.environment,
                start_new_session=True,
            )

    def _share(self) -> Any:
        (self.data / "files").mkdir(parents=True)
        shutil.copy(RASTER, self.data / "files")
        words = ["share", str(self.data / "files" / RASTER.name), "--password", PASSWORD, "--json"]
        shared = CliRunner(env=self.environment).invoke(main, words)
        assert shared.exit_code == 0, shared.output
        return json.loads(shared.stdout)

    def tile_paths(self) -> list[str]:
        """Paths of some tiles that are not empty, with a key of the link; waits until the service answers."""
        headers = {"X-Share-Password": PASSWORD}
        told = json.loads(self._answer_to(urlsplit(self.link["tilejson_url"]).path, headers))
        west, south, east, north = told["bounds"]
        middle = ((west + east) / 2, (south + north) / 2)
        path = urlsplit(told["tiles"][0])
        template = f"{path.path}?{path.query}"
        tiles = itertools.chain.from_iterable(
            (tile, *mercantile.neighbors(tile)) for tile in (mercantile.tile(*middle, zoom) for zoom in (10, 11))
        )
        return [template.format(z=tile.z, x=tile.x, y=tile.y) for tile in tiles]

    def _answer_to(self, path: str, headers: dict[str, str]) -> bytes:
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request("GET", path, headers=headers)
                with connection.getresponse() as response:
                    assert response.status == 200
                    return response.read()
            except ConnectionRefusedError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            finally:
                connection.close()

    def workers(self) -> set[int]:
        """Process ids of the workers that live, also of those that are retiring."""
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def counted(self) -> int:
        """Renders in the ledger, once the service has ended."""
        with sqlite3.connect(self.data / "tilegate.sqlite") as ledger:
            (renders,) = ledger.execute("SELECT coalesce(sum(renders), 0) FROM usage_ledger").fetchone()
        ledger.close()
        return int(renders)

    def stop(self) -> None:
        """End it; what does not end is killed."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children()]
        self.process.terminate()
        for process in psutil.wait_procs(family, timeout=PATIENCE)[1]:
            process.kill()
        self.process.wait()


@dataclass
class Load:
    """Clients that load tiles one after the other, each over a connection that it keeps while it may.

    http.client sends nothing twice: a connection that is closed on a request is seen.
    """

    port: int
    paths: list[str]
    answers: list[tuple[int, str | None]] = field(default_factory=list)
    """Status and X-Metered of every answer that came in full."""
    breaks: list[Exception] = field(default_factory=list)
    kept: int = 0
    """Answers over a connection that had been used before."""
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the clients."""
        self._threads = [threading.Thread(target=self._run, args=(pause,)) for pause in PAUSES]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client have its last answer."""
        self._done.set()
        self.join()

    def join(self) -> None:
        """Wait until the clients have ended."""
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    @property
    def metered(self) -> int:
        """How many answers said that they were counted."""
        return sum(answer == (200, "1") for answer in self.answers)

    def _run(self, pause: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            for path in itertools.cycle(self.paths):
                if self._done.wait(pause):
                    return
                kept = connection.sock is not None
                connection.request("GET", path)
                with connection.getresponse() as response:
                    response.read()  # raises where less comes than was announced
                    self.answers.append((response.status, response.headers["X-Metered"]))
                self.kept += kept
        except (OSError, http.client.HTTPException) as error:
            self.breaks.append(error)
        finally:
            connection.close()


@pytest.fixture
def service(tmp_path: Path, valkey_url: str) -> Iterator[Service]:
    started = Service(tmp_path, valkey_url)
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture
def load(service: Service) -> Iterator[Load]:
    clients = Load(service.port, service.tile_paths())
    clients.start()
    yield clients
    clients.stop()


def wait_until_replaced(service: Service, times: int) -> None:
    """Return once every worker has been replaced so many times and all that retired have gone."""
    seen, deadline = set[int](), time.monotonic() + PATIENCE
    while len(seen) < 2 * (times + 1) or len(service.workers()) > 2:
        seen |= service.workers()
        assert time.monotonic() < deadline, service.log.read_text()
        time.sleep(0.02)


@pytest.mark.slow
def test_rolling_restart(service: Service, load: Load) -> None:
    service.process.send_signal(signal.SIGHUP)
    while len(service.workers()) < 3:  # the first round is under way: the second one comes after it
        time.sleep(0.01)
    service.process.send_signal(signal.SIGHUP)
    wait_until_replaced(service, times=2)
    load.stop()

    assert not load.breaks
    assert set(load.answers) == {(200, "1")}
    assert load.kept > len(load.answers) / 2
    service.stop()
    assert service.counted() == load.metered, service.log.read_text()


@pytest.mark.slow
def test_what_was_answered_before_a_stop_is_counted_and_nothing_else(service: Service, load: Load) -> None:
    family = psutil.Process(service.process.pid).children(recursive=True)
    while len(load.answers) < 200:
        time.sleep(0.02)

    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.02)
    service.process.send_signal(signal.SIGTERM)  # an impatient operator changes nothing
    assert service.process.wait(PATIENCE) == 0, service.log.read_text()
    load.join()

    assert len(load.breaks) == len(PAUSES)
    assert set(load.answers) == {(200, "1")}
    assert service.counted() == load.metered, service.log.read_text()
    assert not psutil.wait_procs(family, timeout=1)[1]
    assert not list((service.data / "run" / "in_flight").iterdir())
    assert not (service.data / "run" / "over_counted.jsonl").exists()
