"""What a worker was reading when it died, as its supervisor finds it out."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import urllib.error
from typing import TYPE_CHECKING

from tests.processes.tiny import eventually
from tiling.files.last_read import version_key
from tiling.files.raster_source import RasterSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.processes.tiny import TinyService

    Start = Callable[..., TinyService]


def key_of(name: str) -> str:
    return version_key(RasterSource(path=name, version="1")).hex()


def deaths(service: TinyService) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(service.folder / "tilegate.sqlite")) as database:
        return dict(database.execute("SELECT version_key, deaths FROM suspects"))


def die(service: TinyService, path: str) -> None:
    worker = int(service.get("/who"))
    with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        service.get(path)
    assert int(service.get("/who")) != worker


def test_the_file_that_a_thread_crashed_in_is_blamed_and_not_its_neighbours(start_service: Start) -> None:
    service = start_service(workers=1)
    for number in (1, 2):
        die(service, "/crash?reading=/innocent.tif,/poison.tif")
        eventually(lambda number=number: deaths(service) == {key_of("/poison.tif"): number})  # type: ignore[misc]
    log = service.log.read_text()
    assert "died of SIGSEGV: File " in log
    assert "string_at" in log


def test_what_a_stuck_worker_was_reading_is_suspected(start_service: Start) -> None:
    service = start_service(workers=1, watchdog_timeout=1.0)
    die(service, "/hang?reading=/stuck.tif")
    eventually(lambda: deaths(service) == {key_of("/stuck.tif"): 1})


def test_who_kills_a_worker_blames_nobody(start_service: Start) -> None:
    service = start_service(workers=1)
    worker = int(service.get("/who"))
    os.kill(worker, signal.SIGKILL)
    assert int(service.get("/who")) != worker
    assert deaths(service) == {}
