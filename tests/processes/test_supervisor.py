from __future__ import annotations

import os
import signal
import urllib.error
from collections.abc import Callable

import psutil
import pytest

from service.processes.errors import AddressUnavailable
from service.processes.sockets import listening_socket

from .tiny import TinyService, eventually, processes_of

Start = Callable[..., TinyService]


def test_all_workers_answer_on_the_one_socket(start_service: Start) -> None:
    service = start_service(workers=2)

    service.get("/who")
    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())


def test_workers_know_the_real_port_and_a_redis_url(start_service: Start) -> None:
    service = start_service(workers=1)

    assert service.url.endswith(":" + service.get("/setting?name=port"))
    assert service.get("/setting?name=redis_url") == f"unix://{service.folder}/valkey/valkey.sock"


def test_a_killed_worker_is_back_soon_and_requests_wait_for_it(start_service: Start) -> None:
    service = start_service(workers=1)
    first = service.get("/who")

    with pytest.raises((urllib.error.URLError, ConnectionError)):
        service.get("/die")

    assert service.get("/who") != first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_everything_with_exit_code_0(start_service: Start, number: signal.Signals) -> None:
    service = start_service(workers=2)
    service.get("/who")
    assert len(processes_of(service.folder)) == 4

    assert service.stop(number) == 0

    eventually(lambda: not processes_of(service.folder), timeout=1)


def test_a_signal_while_workers_start_ends_everything_too(start_service: Start) -> None:
    service = start_service(workers=2)

    assert service.stop() == 0

    eventually(lambda: not processes_of(service.folder), timeout=1)


def test_nothing_is_left_behind_when_the_supervisor_is_killed(start_service: Start) -> None:
    service = start_service(workers=2)
    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())

    service.stop(signal.SIGKILL)

    eventually(lambda: not processes_of(service.folder))


def test_a_hangup_replaces_every_worker(start_service: Start) -> None:
    service = start_service(workers=2)
    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())
    before = service.worker_pids()

    service.process.send_signal(signal.SIGHUP)

    eventually(lambda: len(service.worker_pids()) == 2 and not before & service.worker_pids())
    assert int(service.get("/who")) not in before


def test_workers_that_never_get_ready_are_given_up_with_their_reason(start_service: Start) -> None:
    service = start_service(workers=1, log_level="ERROR")

    _, told = service.process.communicate(timeout=60)

    assert service.process.returncode == 1
    assert told.splitlines()[-1].endswith("before it was ready: RuntimeError: the roof is on fire")
    assert not processes_of(service.folder)


def test_workers_are_out_of_reach_of_the_terminal(start_service: Start) -> None:
    service = start_service(workers=1)

    groups = {os.getpgid(process.pid) for process in psutil.Process(service.process.pid).children()}

    assert os.getpgid(service.process.pid) not in groups


def test_a_busy_port_is_told_in_a_sentence() -> None:
    with listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnavailable, match=f"port {port} of 127.0.0.1 is in use"):
            listening_socket("127.0.0.1", port)


def test_an_unknown_host_is_told_in_a_sentence() -> None:
    with pytest.raises(AddressUnavailable, match=r"cannot listen on 203\.0\.113\.1"):
        listening_socket("203.0.113.1", 0)
