"""The number of counted answers under way, from the meter to the kernel's hands, and what is left of it by a kill."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from service.metering.in_flight import InFlight, Killed, counting_in, over_counted, record_killed
from tests.conftest import PASSWORD, Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDER = """
import asyncio, sys, pathlib
from service.metering.in_flight import counting_in
async def hold(in_flight):
    in_flight.hold()
    await asyncio.sleep(60)
async def main():
    with counting_in(pathlib.Path(sys.argv[1])) as in_flight:
        tasks = [asyncio.create_task(hold(in_flight)) for _ in range(7)]
        await asyncio.sleep(0)
        print("held", flush=True)
        await asyncio.gather(*tasks)
asyncio.run(main())
"""


def kill_a_holder_of_seven(folder: Path) -> int:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert record_killed(folder) == []  # it lives
    process.kill()
    process.communicate()
    return process.pid


@pytest.mark.parametrize("error", [None, ValueError, asyncio.CancelledError], ids=["sent", "failed", "client gone"])
async def test_an_answer_is_in_flight_until_its_task_ends_however_it_ends(
    tmp_path: Path, error: type[BaseException] | None
) -> None:
    async def request(in_flight: InFlight) -> None:
        in_flight.hold()
        assert in_flight.number == 1
        await asyncio.sleep(0)
        if error is not None:
            raise error

    with counting_in(tmp_path) as in_flight:
        await asyncio.gather(asyncio.create_task(request(in_flight)), return_exceptions=True)
        await asyncio.sleep(0)
        assert in_flight.number == 0

    assert record_killed(tmp_path) == []


def test_a_killed_process_leaves_its_number_which_is_recorded_once(tmp_path: Path) -> None:
    pid = kill_a_holder_of_seven(tmp_path)

    assert record_killed(tmp_path, pid + 1, 0) == []
    assert record_killed(tmp_path, pid, -signal.SIGKILL) == [Killed(worker=pid, exit_code=-9, at_most=7)]
    assert record_killed(tmp_path, pid, -signal.SIGKILL) == []

    record = tmp_path / "run" / "over_counted.jsonl"
    assert json.loads(record.read_text()).keys() == {"at", "worker", "exit_code", "at_most"}
    with record.open("a") as file:
        file.write('{"at": "2026-0')  # the power fails
    assert over_counted(tmp_path) == 7


async def test_a_tile_is_in_flight_until_the_kernel_has_all_of_it(service: Installation) -> None:
    path = urlsplit((await service.add_link())["url"]).path + "/preview.png"
    in_flight, loop = service.services.metering.in_flight, asyncio.get_running_loop()
    listener = service.client.server.runner.sites.pop()._server.sockets[0]
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # its connections have that too
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", service.client.port))
        headers = f"Host: a\r\nX-Share-Password: {PASSWORD}\r\nConnection: close"
        client.send(f"GET {path}?size=150 HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        await eventually(lambda: in_flight.number == 1)
        await asyncio.sleep(0.3)
        assert in_flight.number == 1  # the client has read nothing
        received = 0
        while part := await loop.sock_recv(client, 65536):
            received += len(part)
        assert in_flight.number == 0
        assert 10_000 < received < 64_000  # so little that aiohttp alone would not have waited for the kernel
    assert (await service.usage())["renders"] == 1


async def test_a_tile_that_its_client_gives_up_is_not_in_flight_any_more(service: Installation) -> None:
    path = urlsplit((await service.add_link())["url"]).path + "/preview.png"
    in_flight = service.services.metering.in_flight
    with socket.socket() as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", service.client.port))
        request = f"GET {path}?size=2048 HTTP/1.1\r\nHost: a\r\nX-Share-Password: {PASSWORD}\r\n\r\n"
        client.send(request.encode() * 30)  # more than the kernel keeps for one who reads nothing
        await eventually(lambda: in_flight.number == 1)
    await eventually(lambda: in_flight.number == 0)


async def test_all_workers_tell_the_same_sum_of_what_was_over_counted(service: Installation, tmp_path: Path) -> None:
    kill_a_holder_of_seven(tmp_path)
    record_killed(tmp_path)

    for _ in range(2):
        told = await (await service.client.get("/metrics")).text()
        assert "\ntilegate_over_counted_at_most_total 7.0\n" in told


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
