"""A raster that a process dies of is read by two, and by no more; others' pictures are answered all the while."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from tests.processes.real import RealService
from tests.processes.tiny import eventually

pytestmark = pytest.mark.security

MAX_DEATHS = 2
PAUSE = 0.1
"""Seconds between pictures: others look all the while, and leave the machine to the rest."""
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def raster() -> Path:
    return DATA / "RGB.byte.tif"


class Others:
    """Somebody who looks at pictures all the while. Who hears nothing, as the process died, asks again."""

    def __init__(self, service: RealService, link: str) -> None:
        self.statuses: list[int] = []
        self._service, self._link = service, link
        self._going = True
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        self._thread.join()

    def _look(self) -> None:
        while self._going:
            path = f"{self._link}/preview.png?size={64 + len(self.statuses) % 200}"
            tries = (self._service.ask(path)[0] for _ in range(MAX_DEATHS + 1))
            self.statuses.append(next(filter(None, tries), 0))
            time.sleep(PAUSE)


@pytest.mark.slow
def test_poison_raster(tmp_path: Path, raster: Path) -> None:
    with RealService(tmp_path) as service:
        for name in ("good.tif", "poison.tif"):
            shutil.copy(raster, service.root / name)
        good, (item, poison) = service.share("good.tif")[1], service.share("poison.tif")
        with Others(service, good) as others:
            answers = [service.ask(f"{poison}/preview.png?size={100 + n}") for n in range(8)]
            eventually(lambda: len(others.statuses) > 5)
        statuses = [status for status, _ in answers]
        assert statuses == [0, 0, *[502] * 6]
        assert json.loads(answers[-1][1])["code"] == "quarantined"
        assert set(others.statuses) == {200}
        assert service.log.read_text().count("died of SIGSEGV") == 2

        assert service.make("item.get", item_id=item["id"])["quarantined"]
        assert [one["quarantined"] for one in service.make("item.list")["items"]] == [False, True]
        status, answer = service.register("poison.tif")
        assert (status, answer["code"]) == (502, "quarantined")

        assert not service.make("item.quarantine.lift", item_id=item["id"])["quarantined"]
        assert service.register("poison.tif")[0] == 200


@pytest.mark.slow
def test_a_version_in_quarantine_ends_with_its_file(tmp_path: Path, raster: Path) -> None:
    with RealService(tmp_path) as service:
        shutil.copy(raster, service.root / "poison.tif")
        item, poison = service.share("poison.tif")
        for n in range(2):
            assert service.ask(f"{poison}/preview.png?size={100 + n}")[0] == 0
        assert service.make("item.get", item_id=item["id"])["quarantined"]
        shutil.copy(raster, service.root / "new")
        (service.root / "new").replace(service.root / "poison.tif")
        eventually(lambda: not service.make("item.get", item_id=item["id"])["quarantined"])
