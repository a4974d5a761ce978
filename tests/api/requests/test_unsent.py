"""Slow readers: who is cut, when, and what all of them together may hold."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiohttp import web

from service.api.requests.unsent import SEND_LIMITS, SendLimits, Unsent
from service.processes.serving.connections import PIECE, Runner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.security

LIMITS = SendLimits(patience=20, least_rate=1000, unsent_bytes=10_000)


@dataclass
class Client:
    """A connection whose client takes what a test says."""

    acknowledged: int = 0
    held: int = 0
    is_cut: bool = False

    def taken(self) -> int:
        return self.acknowledged

    def waiting(self) -> int:
        return self.held

    def cut(self) -> None:
        self.is_cut = True


@pytest.mark.parametrize(
    ("rate", "cut_after"), [(0, 21), (1, 21), (500, 41), (999, None), (1000, None), (50_000, None)], ids=str
)
def test_a_client_that_is_too_slow_is_cut(rate: int, cut_after: int | None) -> None:
    unsent, client = Unsent(LIMITS), Client(held=1000)
    unsent.begin(unsent.answer(client), 0)
    unsent.sweep(0)
    for second in range(1, 600):
        client.acknowledged += rate
        unsent.sweep(second)
        if client.is_cut:
            assert cut_after is not None
            assert abs(second - cut_after) <= 1
            assert unsent.bytes == 0
            return
    assert cut_after is None


def test_what_was_taken_fast_is_no_credit_for_standing_still() -> None:
    unsent, client = Unsent(LIMITS), Client(held=1000)
    unsent.begin(unsent.answer(client), 0)
    unsent.sweep(0)
    client.acknowledged += 10**9
    unsent.sweep(1)
    unsent.sweep(20)
    assert not client.is_cut
    unsent.sweep(22)
    assert client.is_cut


def test_waiting_for_us_is_not_the_clients_fault() -> None:
    unsent, client = Unsent(LIMITS), Client(held=1000)
    answer = unsent.answer(client)
    for start in range(0, 1000, 100):
        unsent.begin(answer, start)
        unsent.end(answer, start + 1)
        unsent.sweep(start + 50)
    assert not client.is_cut


def test_beyond_the_bound_the_slowest_go_first() -> None:
    unsent = Unsent(LIMITS)
    clients = [Client(held=3000) for _ in range(3)]
    for second, client in enumerate(clients):
        unsent.begin(unsent.answer(client), second)
    newest = Client(held=3000)
    unsent.begin(unsent.answer(newest), 3)
    assert [client.is_cut for client in (*clients, newest)] == [True, False, False, False]
    assert unsent.bytes == 9000


def test_a_body_that_many_hold_is_counted_once() -> None:
    unsent, body = Unsent(LIMITS), bytes(6000)
    answers = [unsent.answer(Client()) for _ in range(100)]
    for answer in answers:
        unsent.hold(answer, body, 0)
        unsent.begin(answer, 0)
    assert unsent.bytes == 6000
    other = unsent.answer(Client())
    unsent.hold(other, bytes(6000), 1)
    assert unsent.bytes == 6000  # all of those who hold the first are cut
    unsent.release(other)
    for answer in answers:
        unsent.end(answer, 2)
        unsent.release(answer)
    assert unsent.bytes == 0


@pytest.fixture
async def served() -> AsyncIterator[tuple[Runner, int]]:
    """An application with one large answer, the same bytes for all, on a port."""
    body = bytes(4 * 2**20)

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=body)

    app = web.Application()
    app[SEND_LIMITS] = SendLimits(patience=1000, least_rate=1000, unsent_bytes=64 * 2**20)
    app.router.add_get("/", large)
    runner = Runner(app, handler_cancellation=True)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    yield runner, listener.getsockname()[1]
    await runner.cleanup()


async def _reader(port: int) -> socket.socket:
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.setblocking(False)
    await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", port))
    await asyncio.get_running_loop().sock_sendall(reader, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return reader


def _waiting(runner: Runner) -> list[asyncio.Transport]:
    """Transports that hold what their clients have not taken."""
    transports = [connection.transport for connection in cast("Any", runner.server).connections]
    return [each for each in transports if each is not None and each.get_write_buffer_size()]


async def test_slow_readers(served: tuple[Runner, int]) -> None:
    """Connections that never read hold one body together and a piece each, and are cut: the long form is an attack."""
    runner, port = served
    with ExitStack() as readers:
        for _ in range(50):
            readers.enter_context(await _reader(port))
        await _wait_and_cut(runner)
    assert runner.unsent.cuts == 50


async def _wait_and_cut(runner: Runner) -> None:
    async with asyncio.timeout(30):
        while len(waiting := _waiting(runner)) < 50:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert runner.unsent.bytes == 4 * 2**20
        assert max(transport.get_write_buffer_size() for transport in waiting) <= PIECE + 1000
        runner.unsent.sweep(asyncio.get_running_loop().time() + 990)
        assert runner.unsent.cuts == 0
        runner.unsent.sweep(asyncio.get_running_loop().time() + 1010)
        while cast("Any", runner.server).connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert runner.unsent.bytes == 0


async def test_who_reads_gets_all(served: tuple[Runner, int]) -> None:
    runner, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert len(answer.partition(b"\r\n\r\n")[2]) == 4 * 2**20
    assert runner.unsent.bytes == runner.unsent.cuts == 0
