"""What was acknowledged survives: kill -9 of everything, a torn write-ahead log, and a loss of power.

A loss of power leaves at least what was synced. A small library that is preloaded into the service keeps a copy of each
database file at each sync (`synced_files.c`); afterwards these copies take the files' places.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.processes.sockets import listening_socket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0  # seconds, on a busy machine
SOURCE = Path(__file__).with_name("synced_files.c")
RASTER = Path(__file__).parents[1] / "data" / "RGB.byte.tif"
PASSWORD = "correct horse battery"
AT_LEAST = 12
"""Acknowledged changes before everything is killed."""

pytestmark = [pytest.mark.slow, pytest.mark.security, pytest.mark.timeout(300)]


@dataclass
class Acknowledged:
    """What the service has said 200 to, and how long the write-ahead log was then."""

    created: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    log_size: int = 0


class Service:
    """A real `tilegate serve` on SQLite, all of whose processes can be killed at once."""

    def __init__(self, folder: Path, preload: Path, *, syncs_are_lost: bool = False) -> None:
        self.data, self.log = folder / "data", folder / "serve.log"
        (self.data / "files").mkdir(parents=True)
        shutil.copy(RASTER, self.data / "files")
        with listening_socket("127.0.0.1", 0) as free:
            self.port = free.getsockname()[1]
        variables = {"DATA_DIR": self.data, "PORT": self.port, "WORKERS": 2, "BCRYPT_COST": 4, "STANDBY": False}
        variables |= {"RATE_CREATE": 10**6, "RATE_UPDATE": 10**6, "RATE_READ": 10**6, "REDIS_TIMEOUT": 20}
        self.environment = {f"TILEGATE_{name}": str(value) for name, value in variables.items()}
        self.preload = {"LD_PRELOAD": str(preload)} | ({"SYNCS_ARE_LOST": "1"} if syncs_are_lost else {})
        made = CliRunner(env=self.environment).invoke(main, ["bootstrap", "--data", str(self.data), "--json"])
        assert made.exit_code == 0, made.output
        self.account = json.loads(made.stdout)
        for file in database_files(self.data):
            shutil.copy(file, synced_copy(file))

    def start(self) -> None:
        """Start, and wait until it is ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from service.cli import main; main(['serve'])"],
                stderr=log,
                env=os.environ | self.environment | self.preload,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask once, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.account['api_key']}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def make(self, operation: str, **body: Any) -> Any:
        """Call an operation that has to work."""
        status, answer = self.ask("POST", f"/v1/op/{operation}", body)
        assert status == 200, answer
        return answer

    def kill_everything(self) -> None:
        """Kill supervisor, workers and Valkey as `kill -9` does: all at once, or one starts another again."""
        family: set[int] = set()
        while new := {self.process.pid, *_descendants(self.process.pid)} - family:
            _signal(new, signal.SIGSTOP)
            family |= new
        _signal(family, signal.SIGKILL)
        self.process.wait()

    def status_of(self, link_id: str) -> str:
        """Return the status of a link; `missing` where there is none."""
        status, answer = self.ask("POST", "/v1/op/share.link.get", {"link_id": link_id})
        return str(answer["status"]) if status == 200 else "missing"


def database_files(data: Path) -> list[Path]:
    """Return the database and its write-ahead log, where they are there."""
    return [file for name in ("tilegate.sqlite", "tilegate.sqlite-wal") if (file := data / name).exists()]


def synced_copy(file: Path) -> Path:
    """Return where the preloaded library keeps what was synced of a file."""
    return file.with_name(f"{file.name}.synced")


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _descendants(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = [int(child) for child in task.read_text().split()]
            except OSError:  # it has just ended
                continue
            found += children
            waiting += children
    return found


@pytest.fixture(scope="module")
def synced_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that is preloaded."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler is here to make the library that notes each sync")
    library = tmp_path_factory.mktemp("preload") / "synced_files.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture
def start(tmp_path: Path, synced_files: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def start(**options: bool) -> Service:
        started.append(Service(tmp_path, synced_files, **options))
        started[-1].start()
        return started[-1]

    yield start
    for service in started:
        service.kill_everything()


def change_until_killed(service: Service, seed: int) -> Acknowledged:
    """Create and revoke links with several clients at once; kill everything in the midst of it."""
    item = service.make("item.create", project_id=service.account["project_id"], root="files", path=RASTER.name)
    told, lock, wal = Acknowledged(), threading.Lock(), service.data / "tilegate.sqlite-wal"

    def client(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        target = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
        try:
            while True:
                link = service.make("share.link.create", **target)["id"]
                with lock:
                    told.created.append(link)
                    told.log_size = wal.stat().st_size
                if chance.random() < 0.5:
                    service.make("share.link.revoke", link_id=link)
                    with lock:
                        told.revoked.append(link)
                        told.log_size = wal.stat().st_size
        except (OSError, http.client.HTTPException, AssertionError, ValueError):
            return

    clients = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(4)]
    for each in clients:
        each.start()
    deadline = time.monotonic() + PATIENCE
    while len(told.created) + len(told.revoked) < AT_LEAST:
        assert time.monotonic() < deadline, service.log.read_text()
        time.sleep(0.005)
    service.kill_everything()
    for each in clients:
        each.join(PATIENCE)
    return told


def leave_as_killed(_data: Path, _told: Acknowledged) -> None:
    """Change nothing: the kernel writes what it was given."""


def tear_write_ahead_log(data: Path, told: Acknowledged) -> None:
    """Cut what was not acknowledged yet in its midst, and spoil what is left of it."""
    wal = data / "tilegate.sqlite-wal"
    size = wal.stat().st_size
    with wal.open("r+b") as file:
        file.truncate(max(told.log_size, (told.log_size + size) // 2))
        file.seek(0, os.SEEK_END)
        file.write(random.Random(7).randbytes(3000))


def lose_power(data: Path, _told: Acknowledged) -> None:
    """Leave of each database file what was synced of it, and nothing else."""
    for file in database_files(data):
        copy = synced_copy(file)
        file.write_bytes(copy.read_bytes() if copy.exists() else b"")
    (data / "tilegate.sqlite-shm").unlink(missing_ok=True)


@pytest.mark.parametrize("damage", [leave_as_killed, tear_write_ahead_log, lose_power])
def test_an_acknowledged_create_or_revoke_survives(
    start: Callable[..., Service],
    damage: Callable[[Path, Acknowledged], None],
    record_property: Callable[[str, object], None],
) -> None:
    service = start()
    told = change_until_killed(service, seed=1)

    damage(service.data, told)
    service.start()

    found = {link: service.status_of(link) for link in told.created}
    assert "missing" not in found.values(), found
    assert {found[link] for link in told.revoked} <= {"revoked"}, found
    with sqlite3.connect(service.data / "tilegate.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    record_property("acknowledged", f"{len(told.created)} created, {len(told.revoked)} revoked, 0 lost")


def test_the_check_sees_what_a_disk_loses_that_only_says_it_has_synced(start: Callable[..., Service]) -> None:
    service = start(syncs_are_lost=True)
    told = change_until_killed(service, seed=2)

    lose_power(service.data, told)
    service.start()

    assert "missing" in {service.status_of(link) for link in told.created}
