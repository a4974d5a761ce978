"""A whole service with its supervisor, and what a test asks of it over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.conftest import PASSWORD
from tests.processes.tiny import PATIENCE, TinyService

POISON_WORKER = Path(__file__).with_name("poison_worker.py")


class RealService(TinyService):
    """Started with a worker script in place of the service's own."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.root = folder / "files"
        self.account = {} if self.root.exists() else self._make_account(folder)  # started again, it has one
        settings = {"bcrypt_cost": 4, "rate_update": 10_000, "rate_read": 10_000, **settings}
        super().__init__(folder, 1, worker=POISON_WORKER, **settings)

    def _make_account(self, folder: Path) -> dict[str, Any]:
        self.root.mkdir()
        words = [str(Path(sys.executable).with_name("tilegate")), "bootstrap", "--data", str(folder), "--json"]
        made = subprocess.run(words, check=True, capture_output=True, text=True, env=dict(os.environ))
        account: dict[str, Any] = json.loads(made.stdout)
        return account

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self.process.communicate()

    def op(self, operation: str, **body: Any) -> tuple[int, Any]:
        """Call an operation: (status, answer)."""
        headers = {"Authorization": f"Bearer {self.account['api_key']}", "Content-Type": "application/json"}
        status, answer = self.ask(f"/v1/op/{operation}", headers, json.dumps(body).encode())
        return status, json.loads(answer or b"{}")

    def make(self, operation: str, **body: Any) -> Any:
        """Call an operation that has to work."""
        status, answer = self.op(operation, **body)
        assert status == 200, answer
        return answer

    def register(self, name: str) -> tuple[int, Any]:
        """Register a file of the root."""
        return self.op("item.create", project_id=self.account["project_id"], root="files", path=name)

    def share(self, name: str) -> tuple[Any, str]:
        """Register a file and share it: the item, and the address of its link."""
        status, item = self.register(name)
        assert status == 200, item
        fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 24}
        return item, f"/s/{self.make('share.link.create', **fields)['token']}"

    def ask(self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, bytes]:
        """Ask once; 0 where the connection broke before an answer came."""
        request = urllib.request.Request(self.url + path, body, headers or {"X-Share-Password": PASSWORD})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE * 2) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, http.client.HTTPException):
            return 0, b""

    def timed(self, path: str) -> tuple[int, float]:
        """Ask once: (status, seconds)."""
        start = time.monotonic()
        return self.ask(path)[0], time.monotonic() - start
