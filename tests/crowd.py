"""Clients in a process of their own that ask for random tiles, each for the next one when it has the last."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).parents[1]
PAUSE = 0.05  # seconds, after a connection that failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who asks for what."""

    base: str
    path: str
    """With `{z}`, `{x}` and `{y}`."""
    clients: int
    seconds: float = 5.0
    z: int = 12
    columns: tuple[int, int] = (0, 4096)
    rows: tuple[int, int] = (0, 4096)
    reconnects: bool = False
    """Whether each request comes over a connection of its own."""


@dataclass(slots=True)
class Figures:
    """What came back."""

    statuses: dict[str, int] = field(default_factory=dict)
    """How often; a name of an error where there was no answer."""
    waits: list[float] = field(default_factory=list)
    """Seconds until each 200."""

    def add(self, status: str, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == "200":
            self.waits.append(seconds)

    @property
    def tiles(self) -> int:
        """How many tiles came."""
        return self.statuses.get("200", 0)

    @property
    def longest(self) -> float:
        """Seconds within which 99 of 100 tiles came."""
        return sorted(self.waits)[int(len(self.waits) * 0.99)] if self.waits else 0.0


async def run_crowd(crowd: Crowd) -> Figures:
    """Return what a crowd met."""
    words = [sys.executable, "-m", "tests.crowd", json.dumps(asdict(crowd))]
    process = await asyncio.create_subprocess_exec(*words, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    return Figures(**json.loads(told))


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> str:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: tilegate\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    start = head.find(b"content-length:")
    if start >= 0:
        await reader.readexactly(int(head[start + 15 : head.find(b"\r\n", start)]))
    return head[9:12].decode()


async def _client(crowd: Crowd, figures: Figures, until: float, dice: random.Random) -> None:
    address, writer = urlsplit(crowd.base), None
    while time.monotonic() < until:
        began = time.monotonic()
        path = crowd.path.format(z=crowd.z, x=dice.randrange(*crowd.columns), y=dice.randrange(*crowd.rows))
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(address.hostname, address.port)
            figures.add(await _ask(reader, writer, path), time.monotonic() - began)
        except (OSError, asyncio.IncompleteReadError) as exc:
            figures.add(type(exc).__name__, 0)
            await asyncio.sleep(PAUSE)
            writer = None
        if crowd.reconnects and writer is not None:
            writer.close()
            writer = None


async def main(crowd: Crowd) -> None:
    """Ask for as long as was said, then tell what came of it."""
    figures, until = Figures(), time.monotonic() + crowd.seconds
    async with asyncio.TaskGroup() as clients:
        for number in range(crowd.clients):
            clients.create_task(_client(crowd, figures, until, random.Random(number)))
    sys.stdout.write(json.dumps(asdict(figures)))


if __name__ == "__main__":
    asyncio.run(main(Crowd(**json.loads(sys.argv[1]))))
