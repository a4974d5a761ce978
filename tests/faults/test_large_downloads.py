"""Large files through a real server and a real curl: resumed across a restart, and in flat memory."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from service.accounts.bootstrap import bootstrap, issue_key
from service.accounts.store import AccountStore
from service.database.engine import migrate, open_engine
from service.processes.sockets import listening_socket
from service.settings import Settings
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60.0
RESUMED_SIZE = 100 * 2**20
LARGE = 2 * 2**30
FLAT = 100 * 2**20

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")]


class Server:
    """A `tilegate serve` that is stopped and started again at the same address."""

    def __init__(self, data: Path, redis_url: str) -> None:
        with listening_socket("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        variables = {"DATA_DIR": data, "REDIS_URL": redis_url, "PORT": port, "BCRYPT_COST": 4, "STANDBY": False}
        self.environment = {f"TILEGATE_{name}": str(value) for name, value in variables.items()}
        (data / "files" / "shared").mkdir(parents=True)
        self.shared = data / "files" / "shared"
        self.api_key, self.project_id = asyncio.run(self._account(Settings(data_dir=data, redis_url=redis_url)))
        self.process: subprocess.Popen[bytes] | None = None

    async def _account(self, settings: Settings) -> tuple[str, str]:
        async with open_engine(settings.sql_url) as engine:
            await migrate(engine)
            accounts = AccountStore(engine)
            account = await bootstrap(accounts, organization="O", project="P", email="a@example.org", name="A")
            return await issue_key(accounts, account, "test"), account.project_id

    def start(self) -> None:
        words = [sys.executable, "-c", "from service.cli import main; main(['serve'])"]
        self.process = subprocess.Popen(
            words, env=os.environ | self.environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=PATIENCE).close()
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """End it and its workers as a power cut does."""
        if self.process is not None:
            family = psutil.Process(self.process.pid).children(recursive=True)
            for process in (self.process, *family):
                process.send_signal(signal.SIGKILL)
            self.process.wait()
            psutil.wait_procs(family)

    def ask(self, operation: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/op/{operation}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def share(self) -> str:
        """Share the folder; return the address of its files."""
        item = self.ask("item.create", project_id=self.project_id, root="files", path="shared")
        target = {"target_type": "directory", "target_id": item["id"], "permission": "download"}
        link = self.ask("share.link.create", **target, password=PASSWORD, expires_in_hours=1)
        return f"{self.url}/s/{link['token']}"

    def memory(self) -> int:
        """Bytes that the largest of its processes has for itself."""
        assert self.process is not None
        family = psutil.Process(self.process.pid).children(recursive=True)
        return max(process.memory_info().rss - process.memory_info().shared for process in family)


@pytest.fixture
def server(tmp_path: Path, valkey_url: str) -> Iterator[Server]:
    server = Server(tmp_path / "data", valkey_url)
    server.start()
    yield server
    server.kill()


def curl(url: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["curl", "-sS", "-H", f"X-Share-Password: {PASSWORD}", *words, url])


def test_curl_resumes_a_download_across_a_restart_of_the_server(server: Server, tmp_path: Path) -> None:
    for name, size in (("large.bin", RESUMED_SIZE), ("small.bin", 1000)):
        (server.shared / name).write_bytes(random.Random(1).randbytes(size))
    base = server.share()
    for url in (f"{base}/files/large.bin", f"{base}/archive.zip"):
        target, whole = tmp_path / "resumed", tmp_path / "whole"
        broken = curl(url, "--limit-rate", "20M", "-o", str(target))
        deadline = time.monotonic() + PATIENCE
        while not target.exists() or target.stat().st_size < RESUMED_SIZE // 10:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server.kill()
        assert broken.wait(PATIENCE) != 0
        assert RESUMED_SIZE // 10 <= target.stat().st_size < RESUMED_SIZE
        server.start()
        assert curl(url, "-C", "-", "-o", str(target)).wait(PATIENCE) == 0
        assert curl(url, "-o", str(whole)).wait(PATIENCE) == 0
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (target, whole)]
        assert digests[0] == digests[1]
        if url.endswith(".bin"):
            assert target.read_bytes() == (server.shared / "large.bin").read_bytes()
        target.unlink()


@pytest.mark.parametrize("path", ["files/large.bin", "archive.zip"])
def test_two_gigabytes_are_sent_in_flat_memory(server: Server, path: str) -> None:
    with (server.shared / "large.bin").open("wb") as file:
        os.truncate(file.fileno(), LARGE)
    url = f"{server.share()}/{path}"
    assert curl(url, "-o", "/dev/null", "-r", "0-1000000").wait(PATIENCE) == 0
    before, peak, ended = server.memory(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            peak[0] = max(peak[0], server.memory())

    watching = threading.Thread(target=watch)
    watching.start()
    slow = curl(url, "-o", "/dev/null", "--limit-rate", "1M")  # a reader that does not keep up
    done = curl(url, "-o", "/dev/null").wait(PATIENCE)
    slow.kill()
    slow.wait()
    ended.set()
    watching.join()
    assert done == 0
    assert 0 < peak[0] < before + FLAT, (before, peak)
