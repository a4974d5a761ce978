"""A worker that does nothing any more is replaced, also where nothing of Python can run in it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import urllib.error
from typing import TYPE_CHECKING

import pytest

from service.processes.heartbeats import BEAT, Heartbeat, Watch, heartbeat_memory
from tests.clocks import Clock
from tests.processes.tiny import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.processes.tiny import TinyService

    Start = Callable[..., TinyService]

pytestmark = pytest.mark.security

LIMIT = 2.0  # seconds


def ask_in_vain(service: TinyService, path: str) -> threading.Thread:
    def ask() -> None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            service.get(path)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def test_a_worker_whose_loop_is_held_with_the_gil_is_replaced(start_service: Start) -> None:
    service = start_service(workers=1, watchdog_timeout=LIMIT)
    stuck = int(service.get("/who"))

    ask_in_vain(service, "/freeze")
    start = time.monotonic()
    eventually(lambda: stuck not in service.worker_pids())

    assert int(service.get("/who")) != stuck
    assert time.monotonic() - start >= LIMIT * 0.75
    assert f"worker {stuck}: its event loop has not turned for" in service.log.read_text()


def test_a_worker_that_somebody_has_stopped_is_left_alone(start_service: Start) -> None:
    service = start_service(workers=2, watchdog_timeout=0.5)
    stopped = int(service.get("/who"))

    os.kill(stopped, signal.SIGSTOP)
    time.sleep(2)
    assert stopped in service.worker_pids()
    os.kill(stopped, signal.SIGCONT)

    eventually(lambda: {int(service.get("/who")) for _ in range(10)} == service.worker_pids())
    assert stopped in service.worker_pids()


def test_a_worker_whose_threads_are_stuck_is_replaced_in_peace(start_service: Start) -> None:
    service = start_service(workers=1)
    stuck = int(service.get("/stick"))

    eventually(lambda: int(service.get("/who")) != stuck)
    eventually(lambda: stuck not in service.worker_pids())

    log = service.log.read_text()
    assert f"worker {stuck}: all its render threads are stuck" in log
    assert "does not stop" not in log


@pytest.mark.parametrize(
    ("steps", "silent"),
    [
        pytest.param([(1, 1, False), (1, 2, False), (1, 3, False)], 0.0, id="it turns"),
        pytest.param([(1, 1, False), (1, 1, False), (1, 1, False)], 2.0, id="it does not turn"),
        pytest.param([(1, 1, False), (1, 1, False), (1, 2, False)], 0.0, id="it turns again"),
        pytest.param([(1, 1, False), (500, 1, False), (1, 1, False)], 3.0, id="nobody looked for long"),
        pytest.param([(1, 1, False), (1, 1, True), (1, 1, True)], 0.0, id="a debugger has it"),
        pytest.param([(1, 0, False), (1, 0, False), (1, 0, False)], 0.0, id="it is not watched yet, or no longer"),
    ],
)
def test_silence_is_time_in_which_the_loop_could_have_turned(
    steps: list[tuple[float, int, bool]], silent: float
) -> None:
    clock = Clock()
    with heartbeat_memory() as memory:
        watch = Watch(Heartbeat(memory.fileno(), 3), clock)
        for seconds, count, is_stopped in steps:
            clock.now += seconds
            os.pwrite(memory.fileno(), BEAT.pack(count, 0), 3 * BEAT.size)
            watch.look(is_stopped=is_stopped, at_most=2.0)
    assert watch.silent == silent
