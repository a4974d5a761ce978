"""A real receiver of webhooks for tests: it can fail, hang, redirect, and answer too much."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook as Verifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LOCAL = ("127.0.0.0/8",)


@dataclass(kw_only=True)
class Received:
    """What came, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said

    def verify(self, secret: str) -> None:
        """Check the signature, as a receiver does."""
        Verifier(secret).verify(self.body, self.headers)


@dataclass(kw_only=True)
class Receiver:
    """How the server behaves, and what came."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    pause: float = 0
    """Seconds before it answers."""
    huge: bool = False
    """Whether its answer never ends."""
    received: list[Received] = field(default_factory=list)
    url: str = ""
    sent: int = 0
    """Bytes of huge answers."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers=headers, body=await request.read()))
        await asyncio.sleep(self.pause)
        if self.hangs:
            await asyncio.sleep(60)
        if self.huge:
            response = web.StreamResponse(status=self.status)
            await response.prepare(request)
            while True:
                await response.write(b" " * 65536)
                self.sent += 65536
        return web.Response(status=self.status, headers=self.headers, text="thanks")

    async def elsewhere(self, _request: web.Request) -> web.Response:
        raise AssertionError("a redirect was followed")

    async def wait_for(self, kind: str, count: int = 1) -> list[Received]:
        """Return what came of a type, once there are `count` of it."""
        async with asyncio.timeout(30):
            while True:
                found = [one for one in self.received if one.said["type"] == kind]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.02)

    def types(self) -> list[str]:
        return [one.said["type"] for one in self.received]


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    """Yield a server that listens."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    app.router.add_route("*", "/elsewhere", receiver.elsewhere)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0)
    receiver.url = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        await server.close()
