"""A web server for files with ranges, conditions, latency and faults, that counts what is asked of it.

`python -m tests.range_server FOLDER [--port N] [--latency SECONDS]` runs one for benchmarks; `GET /-/asked` tells the
counts as JSON and starts anew.
"""

from __future__ import annotations

import argparse
import email.utils
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = "/-/asked"


@dataclass(kw_only=True)
class Asked:
    """What was asked of a server."""

    heads: int = 0
    gets: int = 0
    bytes: int = 0

    @property
    def requests(self) -> int:
        """All of them."""
        return self.heads + self.gets


@dataclass(kw_only=True)
class RangeServer:
    """Its folder, what it does wrong, and what was asked of it."""

    folder: Path
    url: str = ""
    latency: float = 0
    """Seconds before each answer."""
    status: int | None = None
    """What it answers instead of the file."""
    has_ranges: bool = True
    has_conditions: bool = True
    """Whether it heeds If-Match."""
    has_versions: bool = True
    """Whether it sends ETag and Last-Modified."""
    redirect: str | None = None
    asked: Asked = field(default_factory=Asked)
    paths: list[str] = field(default_factory=list)
    """As they were sent."""
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def restart_counts(self) -> Asked:
        """Return what was asked until now, and begin anew."""
        with self.lock:
            asked, self.asked = self.asked, Asked()
            self.paths.clear()
            self.headers.clear()
        return asked


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: RangeServer

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer()

    def do_GET(self) -> None:
        """Answer with a body, or tell the counts."""
        if self.path == COUNTS:
            self._send(200, json.dumps(asdict(self.state.restart_counts())).encode())
        else:
            self._answer()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer(self) -> None:
        self._count()
        time.sleep(self.state.latency)
        file = self.state.folder / unquote(urlsplit(self.path).path).lstrip("/")
        if self.state.redirect:
            self._send(302, b"", Location=self.state.redirect)
        elif self.state.status:
            self._send(self.state.status, b"")
        elif not file.is_file():
            self._send(404, b"")
        else:
            self._send_file(file)

    def _send_file(self, file: Path) -> None:
        status = file.stat()
        etag = f'"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"'
        versions = {"ETag": etag, "Last-Modified": email.utils.formatdate(status.st_mtime, usegmt=True)}
        shown = versions if self.state.has_versions else {}
        wanted = self.headers.get("If-Match")
        if wanted and self.state.has_conditions and wanted != etag:
            self._send(412, b"")
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not found or not self.state.has_ranges:
            self._send(200, file.read_bytes(), **shown)
            return
        start, stop = int(found[1]), min(int(found[2]) + 1, status.st_size)
        with file.open("rb") as opened:
            opened.seek(start)
            data = opened.read(max(stop - start, 0))
        place = {"Content-Range": f"bytes {start}-{stop - 1}/{status.st_size}"}
        self._send(206, data, **shown, **place)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Accept-Ranges": "bytes", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
            with self.state.lock:
                self.state.asked.bytes += len(body)

    def _count(self) -> None:
        with self.state.lock:
            self.state.paths.append(self.path)
            self.state.headers.append({name.lower(): value for name, value in self.headers.items()})
            if self.command == "HEAD":
                self.state.asked.heads += 1
            else:
                self.state.asked.gets += 1


class Server(ThreadingHTTPServer):
    """A thread for each connection; a client that leaves in the middle is no news."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def range_server(folder: Path, *, port: int = 0, latency: float = 0) -> Iterator[RangeServer]:
    """Serve a folder on this machine."""
    state = RangeServer(folder=folder, latency=latency)
    server = Server(("127.0.0.1", port), type("Bound", (Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serve until the input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.02)
    options = parser.parse_args()
    with range_server(options.folder, port=options.port, latency=options.latency) as server:
        print(server.url, flush=True)  # noqa: T201
        input()


if __name__ == "__main__":
    main()
