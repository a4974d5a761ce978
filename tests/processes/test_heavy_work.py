"""Work on new files, however hostile, takes no tile from anybody."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from affine import Affine

from tests.processes.real import RealService

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.security

SIDE = 512
HOSTILE = 4
"""At once: more than the service has render threads."""
PAUSE = 0.05
"""Seconds between pictures."""
SLOWEST = 2.0
"""Seconds for a picture meanwhile, on a busy machine."""
MARS = 'GEOGCS["Mars",DATUM["D_Mars",SPHEROID["Mars",3396190,0]],PRIMEM["R",0],UNIT["degree",0.0174532925199433]]'


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RealService]:
    with RealService(tmp_path, heavy_timeout=1.0, render_threads=2) as started:
        yield started


def write(path: Path, **options: object) -> None:
    grid = {"crs": "EPSG:3857", "transform": Affine(100, 0, 1000, 0, -100, 90000)}
    shape = {"count": 1, "height": SIDE, "width": SIDE, "dtype": "uint8"}
    with rasterio.open(path, "w", driver="GTiff", **(shape | grid | options)) as file:
        file.write(np.full((1, SIDE, SIDE), 7, np.uint8))


@pytest.mark.slow
def test_heavy_lane(service: RealService) -> None:
    write(service.root / "good.tif")
    for number in range(HOSTILE):
        write(service.root / f"mars{number}.tif", crs=MARS)
        write(service.root / f"endless{number}.tif")
    good = service.share("good.tif")[1]
    answers: list[int] = []

    def register(name: str) -> None:
        answers.append(service.register(name)[0])

    names = [f"{kind}{number}.tif" for kind in ("endless", "mars") for number in range(HOSTILE)]
    threads = [threading.Thread(target=register, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    seen = list[tuple[int, float]]()
    while any(thread.is_alive() for thread in threads):
        seen.append(service.timed(f"{good}/preview.png?size={64 + len(seen) % 400}"))
        time.sleep(PAUSE)
    assert {status for status, _ in seen} == {200}
    assert max(seconds for _, seconds in seen) < SLOWEST
    assert sorted(answers) == [422] * len(names)
