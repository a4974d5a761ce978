"""A Valkey server that can be killed, stopped, torn and promoted."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "repl-diskless-sync-delay": "0",
    "repl-timeout": "5",
    "repl-ping-replica-period": "1",
    "logfile": "log",
}


class Valkey:
    """One server with a folder and a TCP port of its own."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.folder = folder
        self._program = program
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)

    async def start(self) -> None:
        """Start it on what its folder holds; return when it answers."""
        self.process = self._spawn()
        async with self.client() as client:
            await client.ping()

    def _spawn(self) -> subprocess.Popen[bytes]:
        words = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
        return subprocess.Popen([self._program, "--port", str(self.port), *words], cwd=self.folder)

    def client(self) -> Redis:
        """Return a client that waits for the server to come."""
        return Redis(port=self.port, retry=Retry(ConstantBackoff(0.05), 300), decode_responses=True)

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Stop it with SIGSTOP."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def file(self) -> Path:
        """Return the append-only file that is written to now."""
        return max(self.folder.glob("appendonlydir/*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))

    def size(self) -> int:
        """Return how long that file is."""
        return self.file().stat().st_size

    def tear(self, count: int) -> None:
        """Cut bytes off the end of that file; the server must not run."""
        os.truncate(self.file(), max(0, self.size() - count))

    def forget(self) -> None:
        """Remove all that it keeps; the server must not run."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    async def follow(self, port: int) -> None:
        """Become a replica of what listens at a port; return when all is copied."""
        async with self.client() as client:
            await client.replicaof("127.0.0.1", port)
            while (await client.info("replication"))["master_link_status"] != "up":  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def lead(self) -> None:
        """Become a primary."""
        async with self.client() as client:
            await client.replicaof("NO", "ONE")


def free_port() -> int:
    """Return a TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
