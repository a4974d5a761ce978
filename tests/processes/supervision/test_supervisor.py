from __future__ import annotations

import http.client
import json
import os
import signal
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from service.processes.errors import AddressUnavailable
from service.processes.sockets import listening_socket
from tests.processes.tiny import PATIENCE, TinyService, eventually, processes_of

Start = Callable[..., TinyService]

BACK_WITHIN = 2.0  # seconds


def connected(service: TinyService) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=PATIENCE))


def answer(connection: http.client.HTTPConnection) -> tuple[str, str | None]:
    """Ask who answers; return that and the header Connection. Nothing is sent twice."""
    connection.request("GET", "/who")
    with connection.getresponse() as response:
        return response.read().decode(), response.headers["Connection"]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyService]:
    """A service that is asked, and not harmed."""
    service = TinyService(tmp_path_factory.mktemp("two"), workers=2)
    yield service
    service.stop()


def test_all_workers_answer_on_the_one_socket(two_workers: TinyService) -> None:
    service = two_workers

    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())


def test_connections_that_come_at_once_are_spread_over_the_workers(two_workers: TinyService) -> None:
    service = two_workers
    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())

    with ExitStack() as stack:
        connections = [stack.enter_context(connected(service)) for _ in range(64)]
        for connection in connections:
            connection.connect()
        for connection in connections:
            connection.request("GET", "/who")
        answers = Counter(connection.getresponse().read() for connection in connections)

    assert len(answers) == 2
    assert min(answers.values()) >= 24


def test_workers_know_the_real_port_and_a_redis_url(two_workers: TinyService) -> None:
    service = two_workers

    assert service.url.endswith(":" + service.get("/setting?name=port"))
    assert service.get("/setting?name=redis_url") == f"unix://{service.folder}/valkey/valkey.sock"


def test_a_killed_worker_is_back_within_two_seconds_and_requests_wait_for_it(start_service: Start) -> None:
    service = start_service(workers=1)
    service.get("/who")

    def seconds_away() -> float:
        killed = service.worker_pids().pop()
        os.kill(killed, signal.SIGKILL)
        started = time.monotonic()
        assert int(service.get("/who")) != killed
        return time.monotonic() - started

    assert any(seconds_away() < BACK_WITHIN for _ in range(3))  # a busy machine may be slow once


def test_one_that_stands_by_takes_the_place_of_a_killed_worker(start_service: Start) -> None:
    service = start_service(workers=1, standby=True)
    first = int(service.get("/who"))
    for _ in range(2):
        eventually(lambda: len(service.worker_pids()) == 2)
        (other,) = service.worker_pids() - {first}
        os.kill(first, signal.SIGKILL)
        assert int(service.get("/who")) == other
        first = other


@pytest.mark.slow
def test_one_that_stands_by_and_dies_is_missed_by_nobody(start_service: Start) -> None:
    service = start_service(workers=1, standby=True)
    first = int(service.get("/who"))
    eventually(lambda: len(service.worker_pids()) == 2)
    (other,) = service.worker_pids() - {first}

    os.kill(other, signal.SIGKILL)
    eventually(lambda: service.worker_pids() == {first})
    os.kill(first, signal.SIGKILL)

    assert int(service.get("/who")) not in {first, other}


@pytest.mark.slow
def test_a_hangup_replaces_the_one_that_stands_by(start_service: Start) -> None:
    """It has imported the code of before."""
    service = start_service(workers=1, standby=True)
    service.get("/who")
    eventually(lambda: len(service.worker_pids()) == 2)
    before = service.worker_pids()

    service.process.send_signal(signal.SIGHUP)

    eventually(lambda: len(service.worker_pids()) == 2 and not before & service.worker_pids())
    assert service.stop() == 0
    eventually(lambda: not processes_of(service.folder), timeout=1)


def test_what_a_killed_worker_had_in_flight_is_told_and_recorded(start_service: Start) -> None:
    service = start_service(workers=1)
    killed = int(service.get("/who"))

    with pytest.raises((urllib.error.URLError, ConnectionError)):
        service.get("/die")
    service.get("/who")

    record = json.loads((service.folder / "run" / "over_counted.jsonl").read_text())
    assert (record["worker"], record["exit_code"], record["at_most"]) == (killed, -signal.SIGKILL, 1)
    assert f"worker {killed} was killed: at most 1 counted answers were not sent" in service.log.read_text()
    assert service.stop() == 0
    assert not list((service.folder / "run" / "in_flight").iterdir())


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)], ids=["SIGTERM", "SIGINT"]
)
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


def test_a_valkey_that_a_worker_started_holds_neither_port_nor_the_worker_s_pipe(start_service: Start) -> None:
    service = start_service(1)
    service.get("/who")
    old = valkey_of(service)
    service.process.send_signal(signal.SIGSTOP)  # so that it is the worker who brings it back
    try:
        old.kill()
        eventually(lambda: valkey_of(service) not in {None, old})
    finally:
        service.process.send_signal(signal.SIGCONT)
    started = valkey_of(service)
    assert started is not None
    assert started.net_connections(kind="tcp") == []
    assert service.stop() == 0  # the supervisor hears that the worker has ended


def valkey_of(service: TinyService) -> psutil.Process | None:
    """The Valkey of its data folder that lives."""
    found = [process for process in processes_of(service.folder) if process.name().startswith("valkey")]
    return found[0] if found else None


def test_clients_with_kept_connections_are_answered_and_sent_to_the_new_worker(start_service: Start) -> None:
    service = start_service(workers=1)
    with connected(service) as active, connected(service) as idle:
        old = answer(idle)[0]
        assert answer(active) == (old, None)

        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: service.get("/who") != old)
        time.sleep(0.3)  # long after the old one stopped to accept
        assert answer(active) == (old, "close")
        assert answer(active)[0] != old

        assert int(old) in service.worker_pids()  # it waits for the idle one, but not when all is stopped
        assert service.stop() == 0


@pytest.mark.slow
def test_a_replacement_that_cannot_start_leaves_the_old_worker_serving(start_service: Start, tmp_path: Path) -> None:
    service = start_service(workers=2)
    eventually(lambda: len({service.get("/who") for _ in range(10)}) == 2)
    before = service.worker_pids()

    (tmp_path / "on-fire").touch()
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the old one continues to serve: RuntimeError: the roof is on fire" in service.log.read_text())

    assert service.worker_pids() == before
    assert int(service.get("/who")) in before


def test_what_is_being_answered_is_finished_however_often_we_are_told_to_stop(start_service: Start) -> None:
    service = start_service(workers=1)
    worker = service.get("/who")

    with ThreadPoolExecutor() as clients:
        slow = clients.submit(service.get, "/slow")
        time.sleep(0.3)
        for pid in (service.process.pid, int(worker), service.process.pid, int(worker)):
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.1)
        assert slow.result() == worker

    assert service.process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_workers_that_never_get_ready_are_given_up_with_their_reason(start_service: Start, tmp_path: Path) -> None:
    (tmp_path / "on-fire").touch()
    service = start_service(workers=1)

    service.process.wait(timeout=60)

    assert service.process.returncode == 1
    assert service.log.read_text().splitlines()[-1].endswith("before it was ready: RuntimeError: the roof is on fire")
    assert not processes_of(service.folder)


def test_workers_are_out_of_reach_of_the_terminal(two_workers: TinyService) -> None:
    service = two_workers

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
