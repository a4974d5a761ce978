from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes.tiny import TinyService, processes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., TinyService]]:
    started: list[TinyService] = []

    def start(workers: int = 2, *, standby: bool = False, **settings: object) -> TinyService:
        started.append(TinyService(tmp_path, workers, standby=standby, **settings))
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.stop()
        service.process.communicate()
    for process in processes_of(tmp_path):
        process.kill()
