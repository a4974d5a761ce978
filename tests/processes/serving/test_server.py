"""How a worker's server leaves its socket, with the real application behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from service.api.app import create_app
from service.processes.connection_counts import ConnectionCounts, shared_memory
from service.processes.serving.server import Server
from service.processes.sockets import listening_socket
from service.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_it_is_not_ready_before_it_stops_to_accept(tmp_path: Path, valkey_url: str) -> None:
    (tmp_path / "files").mkdir()
    server = Server(create_app(Settings(data_dir=tmp_path, redis_url=valkey_url)))
    listener = listening_socket("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with shared_memory() as connection_counts:
        await server.start(listener.detach(), ConnectionCounts(connection_counts.fileno(), 0))

    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:

        async def readiness() -> tuple[int, str, str | None]:
            async with client.get("/readyz") as response:
                return response.status, (await response.json())["worker"], response.headers.get("Connection")

        assert await readiness() == (200, "ok", None)
        stopping = asyncio.create_task(server.stop(delay=1))
        await asyncio.sleep(0.1)
        assert await readiness() == (503, "draining", "close")
        assert await readiness() == (503, "draining", "close")  # over a new connection
        await stopping
        with pytest.raises(aiohttp.ClientConnectorError):
            await readiness()
