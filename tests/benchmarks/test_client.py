"""The bench's own client and browser, against a real server."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from benchmarks import processes
from benchmarks.checks import WrongAnswer
from benchmarks.client import Answer, connect, parse_head, request_bytes, unchunked
from benchmarks.load import _Run
from benchmarks.servers.server import Server
from benchmarks.session import Browser, Diary
from benchmarks.walk import View

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

JPEG = b"\xff\xd8\xff" + bytes(30_000)
NEAR = ((1, 0, 0), (1, 0, 1))
FAR = tuple((2, x, y) for x in range(4) for y in range(4))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def whole(_request: web.Request) -> web.Response:
        return web.Response(body=JPEG, content_type="image/jpeg")

    async def chunked(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = "image/jpeg"
        await response.prepare(request)
        for start in range(0, len(JPEG), 10_000):
            await response.write(JPEG[start : start + 10_000])
            await asyncio.sleep(0)
        return response

    async def slow(_request: web.Request) -> web.Response:
        await asyncio.sleep(0.05)
        return await whole(_request)

    async def closing(_request: web.Request) -> web.Response:
        return web.Response(body=JPEG, content_type="image/jpeg", headers={"Connection": "close"})

    app = web.Application()
    for path, handler in (("/whole", whole), ("/chunked", chunked), ("/slow/{tile}", slow), ("/closing", closing)):
        app.router.add_get(path, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def ask(port: int, *paths: str) -> list[Answer]:
    line, answers = await connect("127.0.0.1", port), []
    for path in paths:
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        line.get(request_bytes("127.0.0.1", port, path), future.set_result)
        answer = await asyncio.wait_for(future, 5)
        assert answer is not None
        answers.append(answer)
    line.close()
    return answers


async def test_one_connection_carries_bodies_with_a_length_and_in_chunks(port: int) -> None:
    answers = await ask(port, "/whole", "/chunked", "/nowhere", "/whole")
    assert [answer.status for answer in answers] == [200, 200, 404, 200]
    assert all(answers[number].body == JPEG for number in (0, 1, 3))
    assert answers[0].media_type == "image/jpeg"
    assert all(answer.seconds > 0 for answer in answers)


async def run(port: int, paths: list[str]) -> _Run:
    load = _Run(Server(name="server", port=port, roots=()), paths, "jpg")
    for _ in range(4):
        load.next(await connect("127.0.0.1", port))
    async with asyncio.timeout(30):
        await load.ended
    return load


async def test_a_load_asks_for_each_path_once(port: int) -> None:
    load = await run(port, ["/whole", "/chunked"] * 20)
    assert len(load.latencies) == 40
    assert load.size == 40 * len(JPEG)


@pytest.mark.parametrize(("path", "told"), [("/nowhere", "status 404"), ("/closing", "closed a connection")])
async def test_a_load_fails_loudly(port: int, path: str, told: str) -> None:
    with pytest.raises((WrongAnswer, ConnectionError), match=told):
        await run(port, ["/whole", path, "/whole"])


async def test_a_browser_fills_viewports_and_aborts_what_has_left(port: int) -> None:
    diary = Diary()
    browser = Browser(port, lambda tile: f"/slow/{'-'.join(map(str, tile))}", "jpg", diary)
    views = [View(tiles=FAR, is_left_early=True), View(tiles=NEAR, is_left_early=False)]
    async with asyncio.timeout(30):
        await browser.look([*views, views[1]])
    assert diary.aborted > 0
    assert len(diary.fulls) == 1  # the last view had nothing to wait for
    assert len(NEAR) + len(FAR) // 3 <= len(diary.latencies) < len(NEAR) + len(FAR)


async def test_a_browser_asks_again_for_what_it_aborted_and_then_wants_at_once(port: int) -> None:
    diary = Diary()
    browser = Browser(port, lambda tile: f"/slow/{'-'.join(map(str, tile))}", "jpg", diary)
    near, far = View(tiles=NEAR, is_left_early=False), View(tiles=FAR, is_left_early=False)
    async with asyncio.timeout(30):
        await browser.look([near, View(tiles=FAR, is_left_early=True), near, far])
    assert diary.aborted > 0
    assert len(diary.fulls) == 2
    assert len(diary.latencies) == len(NEAR) + len(FAR)


async def test_a_browser_tells_a_wrong_answer(port: int) -> None:
    browser = Browser(port, lambda _tile: "/nowhere", "jpg", Diary())
    with pytest.raises(WrongAnswer, match="status 404"):
        await browser.look([View(tiles=NEAR, is_left_early=False)])


def test_a_head_without_a_length_is_refused() -> None:
    assert parse_head(b"HTTP/1.1 204 No Content\r\n").length == 0
    assert parse_head(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n").closing
    with pytest.raises(ValueError, match="nobody knows"):
        parse_head(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(ValueError, match="not HTTP"):
        parse_head(b"SSH-2.0\r\n")


def test_chunks_are_put_together_when_the_last_has_come() -> None:
    assert unchunked(bytearray(b"3\r\nabc\r\n")) is None
    assert unchunked(bytearray(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")) == b"abcde"
    assert unchunked(bytearray(b"9\r\nab0\r\n\r\n")) is None  # what looks like the end is inside a chunk


def test_cpu_and_memory_are_those_of_this_process() -> None:
    roots = (os.getpid(),)
    before = processes.cpu_seconds(roots)
    sum(range(3_000_000))
    assert processes.cpu_seconds(roots) > before
    assert processes.memory(roots) > 10 * 2**20
