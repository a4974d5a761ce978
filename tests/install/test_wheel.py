"""The wheel: what is in it, and that it does the main job from an environment of its own, as a user without rights."""

from __future__ import annotations

import email.parser
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.install.wheels import ROOT, build_wheel, clean_environment, folder_for_all, install

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHONS = os.environ.get("PYTHONS", sys.executable).split()
"""Interpreters to install it for: `PYTHONS="python3.12 python3.13"` tries others."""
NOBODY = 65534
PATIENCE = 300.0  # seconds, on a busy machine
JOB = Path(__file__).with_name("main_job.py")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def outside() -> Iterator[Path]:
    with folder_for_all() as folder:
        yield folder


@pytest.fixture(scope="module")
def wheel(outside: Path) -> Path:
    return build_wheel(outside)


def test_the_wheel_has_all_files_of_both_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", "service", "tiling"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert names >= set(tracked.stdout.split())
    assert {Path(name).parts[0] for name in names} == {"service", "tiling"}
    endings = {Path(name).suffix for name in names}
    assert endings >= {".py", ".lua", ".html", ".js", ".css", ".typed"}
    assert any(name.startswith("service/database/migrations/versions/") for name in names)


def test_the_wheel_says_where_it_comes_from_and_what_it_runs_on(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = email.parser.Parser().parsestr(archive.read(name).decode())
        assert any(name.endswith("licenses/LICENSE") for name in archive.namelist())
    links = dict(line.split(", ") for line in about.get_all("Project-URL") or [])
    assert set(links) == {"Homepage", "Documentation", "Source", "Changelog", "Security"}
    assert "Typing :: Typed" in (about.get_all("Classifier") or [])
    assert about["License-Expression"] == "Apache-2.0"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_main_job_is_done_from_the_wheel_by_a_user_who_can_write_the_data_folder_alone(
    wheel: Path, outside: Path, python: str
) -> None:
    home = outside / f"of-{Path(python).name}"
    home.mkdir()
    programs, data = install(wheel, home / "environment", python), home / "data"
    data.mkdir(mode=0o700)
    user = NOBODY if os.getuid() == 0 and anybody_may_run(python) else None
    if user is not None:
        os.chown(data, user, user)
    quick = {**clean_environment(), "TILEGATE_BCRYPT_COST": "6", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(data)}
    command = [programs / "tilegate", "demo", "--data", data / "demo", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, cwd="/", env=quick, user=user, group=user, extra_groups=user and []
    ) as demo:
        try:
            record = wait_for(data / "demo" / "demo.json", demo)
            checks = subprocess.run([sys.executable, JOB, record], capture_output=True, text=True, check=False)
            shared = share_beside(programs, data, quick, user)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(PATIENCE)

    assert checks.returncode == 0, checks.stdout + checks.stderr
    assert checks.stdout.count("ok ") > 20
    assert shared["url"].startswith(json.loads(record.read_text())["base_url"] + "/s/")
    assert demo.returncode == 0


def anybody_may_run(python: str) -> bool:
    """Whether all folders above an interpreter let other users through: those of a person's own do not."""
    program = Path(shutil.which(python) or python).resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in program.parents)


def wait_for(record: Path, demo: subprocess.Popen[bytes]) -> Path:
    deadline = time.monotonic() + PATIENCE
    while not record.exists():
        assert demo.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return record


def share_beside(programs: Path, data: Path, environment: dict[str, str], user: int | None) -> dict[str, str]:
    """What `tilegate share` says of a raster of the demo while the service runs on a port that only it knows."""
    root = data / "demo" / "rasters"
    command = [programs / "tilegate", "share", min(root.glob("*.tif"))]
    command += ["--data", data / "demo", "--generate-password", "--json"]
    roots = {"TILEGATE_STORAGE_ROOTS": json.dumps({"demo": str(root)})}
    done = subprocess.run(
        command,
        capture_output=True,
        cwd="/",
        env=environment | roots,
        user=user,
        group=user,
        extra_groups=user and [],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shared: dict[str, str] = json.loads(done.stdout)
    return shared
