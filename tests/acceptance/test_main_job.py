from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT.parent / "shared" / "acceptance" / "main_job.py"
PATIENCE = 200.0  # seconds, on a busy machine


@pytest.mark.skipif(not SCRIPT.exists(), reason=f"{SCRIPT} is not here")
@pytest.mark.timeout(300)
@pytest.mark.slow
def test_the_main_job_is_done_and_nothing_is_left_behind(tmp_path: Path) -> None:
    tilegate = [sys.executable, "-c", "from service.cli import main; main()"]
    command = [*tilegate, "demo", "--data", tmp_path, "--port", "0"]
    quick = {**os.environ, "TILEGATE_BCRYPT_COST": "6"}  # the script makes and opens some twenty links
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=quick) as demo:
        try:
            family = _family_of_the_ready(demo, tmp_path / "demo.json")
            checks = subprocess.run([sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False)
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait(PATIENCE)

    assert checks.stdout.splitlines()[-1:] == ["all checks hold"], checks.stdout + checks.stderr
    assert demo.returncode == 0
    assert not psutil.wait_procs(family, timeout=1)[1]


def _family_of_the_ready(demo: subprocess.Popen[bytes], record: Path) -> list[psutil.Process]:
    deadline = time.monotonic() + PATIENCE
    while not record.exists():
        assert demo.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return psutil.Process(demo.pid).children(recursive=True)
