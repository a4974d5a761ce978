"""`tilegate doctor`: what it looks at, and how it tells what is missing."""

from __future__ import annotations

import importlib
import json
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.cli.doctor import Finding
from service.cli.examination.backends import _clock
from service.settings import Settings
from tests.conftest import DATA
from tests.valkeys import TcpValkey, free_ports
from tiling.gate.landlock import Reach, landlock_version

if TYPE_CHECKING:
    from collections.abc import Callable

DOCTOR = importlib.import_module("service.cli.doctor")
"""The module: the package has a command of this name."""
needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="the kernel has no Landlock")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "files").mkdir(parents=True)
    folder.chmod(0o700)
    return folder


def run(data: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own: it takes drivers away from GDAL."""
    command = [str(Path(sys.executable).with_name("tilegate")), "doctor", "--data", str(data), *words]
    environment = {f"TILEGATE_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@needs_landlock
def test_a_sound_installation_is_told_so(data: Path) -> None:
    done = run(data, "--json")

    findings = {found["what"]: found for found in json.loads(done.stdout)}
    assert done.returncode == 0, done.stdout
    assert set(findings) == {"Landlock", "GDAL", "data folder", "root files", "Redis", "SQL", "disk", "public URL"}
    assert all(found["is_fine"] for found in findings.values())
    assert "cannot list the data folder" in findings["Landlock"]["found"]
    assert "GTiff" in findings["GDAL"]["found"]
    assert findings["data folder"]["found"] == "mode 700"


def test_all_that_is_missing_is_told_at_once(data: Path) -> None:
    data.chmod(0o755)
    done = run(data, sandbox="off", storage_roots=json.dumps({"maps": str(data.parent / "nowhere")}))

    lines = {line[8:24].strip(): line for line in done.stdout.splitlines()}
    assert done.returncode == 1
    assert {what for what, line in lines.items() if line.startswith("NOT OK")} == {
        "Landlock",
        "data folder",
        "root maps",
    }
    assert f"chmod 700 {data}" in lines["data folder"]
    assert "TILEGATE_SANDBOX=off" in lines["Landlock"]
    assert "is not there" in lines["root maps"]


def test_a_data_folder_to_come_is_fine(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    roots = json.dumps({"maps": str(tmp_path / "maps")})
    done = run(tmp_path / "later", "--json", storage_roots=roots)

    assert {found["what"]: found["is_fine"] for found in json.loads(done.stdout)}["data folder"]
    assert not (tmp_path / "later").exists()


def _refuse(_: Reach) -> int:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize(
    ("name", "stand_in", "said"),
    [
        ("landlock_version", lambda: 0, "missing"),
        ("restrict_thread", _refuse, "refused by the kernel: Operation not permitted"),
        ("restrict_thread", lambda _: 1, "can list the data folder"),
    ],
)
def test_a_kernel_that_does_not_hold_threads_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, name: str, stand_in: Callable[..., int], said: str
) -> None:
    monkeypatch.setattr(DOCTOR, "landlock_version", lambda: 7)
    monkeypatch.setattr(DOCTOR, name, stand_in)

    found = DOCTOR._landlock(Settings(data_dir=data))

    assert isinstance(found, Finding)
    assert not found.is_fine
    assert said in found.found


def test_the_mode_of_the_data_folder_is_that_which_others_have(data: Path) -> None:
    for mode in (0o700, 0o500, 0o750, 0o701, 0o770):
        data.chmod(mode)
        found = DOCTOR._data_folder(Settings(data_dir=data))
        assert found.is_fine is (mode & (stat.S_IRWXG | stat.S_IRWXO) == 0), oct(mode)
    data.chmod(0o700)


def run_here(data: Path, *words: str, **settings: str) -> Result:
    """Run it in this process, which keeps its drivers."""
    environment = {f"TILEGATE_{name.upper()}": value for name, value in settings.items()}
    return CliRunner(env=environment).invoke(main, ["doctor", "--data", str(data), *words])


def test_each_backend_that_is_set_is_asked(tmp_path: Path, postgres_url: str) -> None:
    """Counters that may be evicted are told, also where everything answers."""
    loose = TcpValkey(folder=tmp_path / "v", words=("--maxmemory-policy", "allkeys-lru"))
    loose.start()
    try:
        done = run_here(tmp_path / "data", "--json", redis_url=loose.url, database_url=postgres_url)
    finally:
        loose.kill()
    findings = {found["what"]: found for found in json.loads(done.stdout)}
    assert findings["SQL"]["is_fine"]
    assert findings["clock of SQL"]["is_fine"]
    assert findings["clock of Redis"]["is_fine"]
    assert not findings["Redis"]["is_fine"]
    assert "maxmemory-policy is allkeys-lru, and must be noeviction" in findings["Redis"]["found"]


def test_what_does_not_answer_is_told_each_in_a_line(tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    wrong = {
        "redis_url": f"redis://127.0.0.1:{nobody}",
        "database_url": f"postgresql+asyncpg://a:canary@127.0.0.1:{nobody}/x",
        "public_url": f"http://127.0.0.1:{nobody}",
        "smtp_url": f"smtp://a:canary@127.0.0.1:{nobody}",
        "mail_from": "a@example.org",
    }
    done = run_here(tmp_path / "data", "--json", **wrong)
    findings = {found["what"]: found for found in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert {what for what, found in findings.items() if not found["is_fine"]} >= {
        "Redis",
        "SQL",
        "public URL",
        "e-mail",
    }
    assert "canary" not in done.output


def test_a_public_address_in_clear_is_told(tmp_path: Path) -> None:
    done = run_here(tmp_path / "data", "--json", public_url="http://maps.example.org")
    (found,) = [each["found"] for each in json.loads(done.stdout) if each["what"] == "public URL"]
    assert "use https" in found


@pytest.mark.parametrize(("clock", "is_fine"), [(0, True), (1.5, True), (-60, False), (3600, False)])
def test_clocks_may_differ_by_seconds(clock: float, is_fine: bool) -> None:
    assert _clock("SQL", time.time() + clock).is_fine is is_fine


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # of rasterio
def test_a_raster_is_described_with_what_its_tiles_cost(data: Path) -> None:
    done = run_here(data, str(DATA / "RGB.byte.tif"), "--json")
    findings = {found["what"]: found for found in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert findings["raster"]["found"].startswith("791 x 718 pixels, 3 bands of uint8, EPSG:32618, zooms 7 to 9")
    assert findings["nodata"]["found"] == "value 0.0"
    assert not findings["overviews"]["is_fine"]
    assert {"tile at zoom 7", "tile at zoom 9"} <= set(findings)
    assert "mends overviews" in findings["optimise"]["found"]


def test_a_file_that_is_no_raster_is_told_why(tmp_path: Path, data: Path) -> None:
    (tmp_path / "x.tif").write_bytes(b"II*\0 and nothing more")
    done = run_here(data, str(tmp_path / "x.tif"))
    assert done.exit_code == 1
    assert done.output.startswith("NOT OK  raster")
    assert "cannot be served" in done.output
