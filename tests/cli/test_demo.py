from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import rasterio

from service.demo_rasters import write_demo_rasters
from service.processes.sockets import listening_socket
from tests.cli.rasters import make_raster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 150.0  # seconds, on a busy machine


class Demo:
    """A `tilegate demo` in a process of its own."""

    def __init__(self, folder: Path, rasters: tuple[Path, ...], port: int) -> None:
        self.folder = folder
        command = [sys.executable, "-c", "from service.cli import main; main()", "demo", *map(str, rasters)]
        self.process = subprocess.Popen(
            [*command, "--data", str(folder), "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TILEGATE_BCRYPT_COST": "4"},
            start_new_session=True,
        )
        self.family: list[psutil.Process] = []

    def wait_until_ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while (told := self._record()) is None:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return told

    def _record(self) -> dict[str, Any] | None:
        """Return what the demo wrote down: an earlier run's goes at any moment once another has begun."""
        try:
            return json.loads((self.folder / "demo.json").read_text())
        except FileNotFoundError:
            return None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=PATIENCE)
        _, alive = psutil.wait_procs(self.family, timeout=1)
        assert not alive
        return self.process.returncode, out, err


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []

    def start(*rasters: Path, port: int = 0) -> Demo:
        started.append(Demo(tmp_path / "demo", rasters, port))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
        one.process.communicate()


@pytest.fixture(scope="session")
def islands(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_demo_rasters(tmp_path_factory.mktemp("islands"))


def status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE) as response:
        return response.status


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)], ids=["SIGTERM", "SIGINT"]
)
def test_it_draws_shares_tells_and_leaves_nothing_behind(demo: Callable[..., Demo], number: signal.Signals) -> None:
    running = demo()
    told = running.wait_until_ready()

    assert status(f"{told['base_url']}/readyz") == 200
    assert [status(link["url"]) for link in told["links"]] == [200, 200]
    assert told["storage_root_dir"] == str(running.folder / "rasters")
    assert len(running.family) == 2

    code, out, err = running.stop(number)

    assert (code, err) == (0, "")
    assert out.endswith("\nStopped.\n")
    for link in told["links"]:
        assert link["url"] in out
        assert link["password"] in out


@pytest.mark.slow
def test_its_record_is_its_owners_alone(demo: Callable[..., Demo], tmp_path: Path) -> None:
    running = demo(make_raster(tmp_path / "field.tif", 1))
    running.wait_until_ready()

    assert stat.S_IMODE((running.folder / "demo.json").stat().st_mode) == 0o600


@pytest.mark.slow
def test_two_rasters_of_one_name_are_both_shared(demo: Callable[..., Demo], tmp_path: Path) -> None:
    given = [make_raster(tmp_path / side / "field.tif", value) for value, side in enumerate(("left", "right"))]

    told = demo(*given).wait_until_ready()

    assert {link["name"] for link in told["links"]} == {"field.tif", "field-2.tif"}


@pytest.mark.slow
def test_a_second_run_goes_on_from_the_first(demo: Callable[..., Demo], tmp_path: Path) -> None:
    raster = make_raster(tmp_path / "field.tif", 1)
    running = demo(raster)
    first = running.wait_until_ready()
    running.stop()

    again = demo(raster)
    while (second := again.wait_until_ready()) == first:
        time.sleep(0.05)

    assert second["organization_id"] == first["organization_id"]
    assert second["api_key"] != first["api_key"]
    assert second["links"][0]["token"] != first["links"][0]["token"]
    assert [path.name for path in (again.folder / "rasters").iterdir()] == ["field.tif"]


@pytest.mark.slow
def test_a_raster_that_cannot_be_shared_is_told_in_one_line(demo: Callable[..., Demo], tmp_path: Path) -> None:
    torn = tmp_path / "torn.tif"
    torn.write_bytes(make_raster(tmp_path / "field.tif", 1).read_bytes()[:6000])

    code, _, err = demo(torn).finish()

    assert code == 2
    assert err.startswith(f"Error: {torn} cannot be shared: ")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_a_busy_port_is_told_in_one_line(demo: Callable[..., Demo], islands: tuple[Path, Path]) -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, _, err = demo(*islands, port=port).finish()

    assert code == 2
    assert err.startswith(f"Error: port {port} of 127.0.0.1 is in use")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_a_service_that_cannot_start_is_given_up_with_its_reason(
    demo: Callable[..., Demo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "nowhere"))  # only workers write metrics

    code, _, err = demo(make_raster(tmp_path / "field.tif")).finish()

    assert code == 1
    assert err.splitlines()[-1].startswith("Error: a worker failed 3 times before it was ready: FileNotFoundError")


@pytest.mark.slow
def test_the_folder_may_be_deleted_while_it_runs(demo: Callable[..., Demo], tmp_path: Path) -> None:
    running = demo(make_raster(tmp_path / "field.tif", 1))
    running.wait_until_ready()
    shutil.rmtree(running.folder)

    assert running.stop()[0] == 0


@pytest.mark.slow
def test_the_island_is_the_same_each_time(islands: tuple[Path, Path], tmp_path: Path) -> None:
    again = write_demo_rasters(tmp_path)

    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in islands]


def test_the_sea_of_the_elevation_model_is_nodata(islands: tuple[Path, Path]) -> None:
    with rasterio.open(islands[1]) as elevation:
        heights = elevation.read(1, masked=True)

    assert 0.3 < heights.mask.mean() < 0.9
    assert heights.min() > 0
    assert 1500 < heights.max() < 2500
