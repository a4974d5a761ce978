from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from click.testing import CliRunner

from service.cli import main
from service.processes.sockets import listening_socket
from service.settings import Settings
from tests.cli.rasters import make_raster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 30.0  # seconds, on a busy machine
BACK_WITHIN = 30.0  # seconds, without one that stands by; three to five on two busy processors, more beside other tests


class Server:
    """A `tilegate serve` in a process of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        with listening_socket("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        tilegate = [sys.executable, "-c", "from service.cli import main; main()"]
        self.log = folder / "serve.log"  # a pipe that nobody reads would stop whoever logs
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*tilegate, "serve", "--data", folder, "--port", str(port), *words],
                stderr=log,
                env={**os.environ, "TILEGATE_BCRYPT_COST": "4"},
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.get("/readyz"):
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return response.read().decode()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        return [process for process in self.family() if _is_worker(process)]

    def stop(self) -> str:
        family = self.family()
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()
        assert not psutil.wait_procs(family, timeout=1)[1]
        return self.log.read_text()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*words: str) -> Server:
        started.append(Server(tmp_path, *words))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.wait(PATIENCE)


@pytest.mark.slow
def test_it_serves_and_ends_cleanly(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")

    assert server.get("/healthz")
    assert len(server.workers()) == 2
    told = server.stop()

    assert f"listening on {server.url}" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_it_chooses_its_workers_and_says_why_in_its_first_line(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "auto")
    chosen = Settings().worker_count
    assert len(server.workers()) == chosen.count
    first = server.stop().splitlines()[0]
    assert f"workers: {chosen.count} ({chosen.reason})" in first


@pytest.mark.slow
def test_several_workers_add_up_their_metrics(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "2")
    for _ in range(20):
        server.get("/openapi.json")

    lines = [line for line in server.get("/metrics").splitlines() if 'route="/openapi.json"' in line]

    assert any(line.startswith("tilegate_requests_total") and line.endswith(" 20.0") for line in lines), lines


@pytest.mark.slow
def test_a_killed_worker_is_back_within_seconds(serve: Callable[..., Server]) -> None:
    server = serve("--workers", "1")
    server.workers()[0].kill()
    started = time.monotonic()

    assert server.get("/healthz")

    assert time.monotonic() - started < BACK_WITHIN


@pytest.mark.slow
def test_sharing_beside_a_running_server_reaches_it_at_once(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve()
    raster = make_raster(tmp_path / "files" / "field.tif")
    valkey = [process for process in server.family() if "valkey-server" in process.name()]

    words = ["share", str(raster), "--data", str(tmp_path), "--generate-password", "--json"]
    shared = CliRunner().invoke(main, words)

    assert shared.exit_code == 0, shared.output
    link = next(line for line in shared.stdout.splitlines() if '"url"' in line).split('"')[3]
    assert server.get(link.removeprefix(server.url))
    assert valkey
    assert all(process.is_running() for process in valkey)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--port", "65536"], "'--port'"),
        (["--workers", "0"], "'--workers'"),
        (["--workers", "some"], "'--workers'"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1"),
        (["--data", "/proc/nowhere"], "/proc/nowhere"),
        (["--bogus"], "--bogus"),
    ],
)
def test_bad_input_is_told_in_one_line(tmp_path: Path, words: list[str], reason: str) -> None:
    result = CliRunner(env={"TILEGATE_DATA_DIR": str(tmp_path)}).invoke(main, ["serve", *words])

    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://gate:canary@127.0.0.1:1/gate"
    result = CliRunner(env={"TILEGATE_DATABASE_URL": url}).invoke(
        main, ["serve", "--port", "0", "--data", str(tmp_path)]
    )

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database cannot be used: ")
    assert result.stderr.count("\n") == 1
    assert "canary" not in result.stderr


def _is_worker(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "service.processes.worker" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False
