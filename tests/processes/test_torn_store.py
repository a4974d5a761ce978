"""A tile store that is torn, foreign or overwritten: workers live or are replaced, and tiles are right."""

from __future__ import annotations

import os
import random
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb
import pytest

from tests.processes.real import RealService
from tests.processes.tiny import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

RASTER = Path(__file__).parents[1] / "data" / "RGB.byte.tif"
CORNERS = [(8, 72, 109), (9, 145, 219), (10, 290, 439), (11, 580, 879)]
TILES = [(z, x + right, y) for z, x, y in CORNERS for right in (0, 1)]
SEED = 7
START = 120.0
"""Seconds that a busy machine may take for it."""


def overwrite(path: Path) -> None:
    chance, size = random.Random(SEED), path.stat().st_size
    with path.open("r+b") as file:
        for _ in range(300):
            file.seek(chance.randrange(size - 64))
            file.write(chance.randbytes(64))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 1000)


def shorten(path: Path) -> None:
    os.truncate(path, 100)


def be_foreign(path: Path) -> None:
    other = path.with_name("other")
    with lmdb.open(str(other), subdir=False) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"their name", b"their value" * 1000)
    path.write_bytes(other.read_bytes())


def be_text(path: Path) -> None:
    path.write_text("This is no store. " * 10_000)


def be_of_another_version(path: Path) -> None:
    with path.open("r+b") as file:
        for page in (0, 4096):
            file.seek(page + 20)
            file.write(b"\x07")


def mix_two_states(path: Path) -> None:
    """Put pages of another moment among those of the last: every third is that before it."""
    content = path.read_bytes()
    with path.open("r+b") as file:
        for begins in range(3 * 4096, len(content) - 4096, 3 * 4096):
            file.seek(begins)
            file.write(content[begins - 4096 : begins])


TEARS = (overwrite, truncate, shorten, be_foreign, be_text, be_of_another_version, mix_two_states)


def newest(folder: Path) -> Path:
    return max((folder / "tiles").glob("*.lmdb"))


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[RealService]:
    """A service on a folder, where one may have been before, once it answers."""
    with RealService(folder, **settings) as service:
        eventually(lambda: service.ask("/readyz")[0] == 200, START)
        yield service


def tiles_of(service: RealService, link: str) -> dict[str, tuple[int, bytes]]:
    paths = [f"{link}/{z}/{x}/{y}.png" for z, x, y in TILES]
    return {path: service.ask(path) for path in paths}


def shared(service: RealService) -> str:
    shutil.copy(RASTER, service.root)
    return service.share(RASTER.name)[1]


def test_a_worker_throws_away_what_it_finds_torn_and_lives(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        link = shared(service)
        right = tiles_of(service, link)
    assert {status for status, _ in right.values()} == {200}
    for tear in TEARS:
        torn = newest(tmp_path)
        tear(torn)
        with serving(tmp_path) as service:
            assert tiles_of(service, link) == right, tear.__name__
            eventually(lambda torn=torn: not torn.exists())  # type: ignore[misc]
        log = service.log.read_text()
        assert f"{torn.name} of the tile store is thrown away" in log, tear.__name__
        assert "died" not in log
        assert "Traceback" not in log
        assert newest(tmp_path) != torn


@pytest.mark.parametrize("tear", [overwrite, truncate], ids=lambda tear: tear.__name__)
def test_what_is_torn_while_it_is_read_costs_one_worker_at_most(tear: Callable[[Path], None], tmp_path: Path) -> None:
    settings = {"tile_cache_bytes": 0, "tile_store_bytes": 2**28}  # so that each tile is read from the store
    with serving(tmp_path, **settings) as service:
        link = shared(service)
        right = tiles_of(service, link)
        eventually(lambda: newest(tmp_path).stat().st_size > sum(len(body) for _, body in right.values()))
        torn = newest(tmp_path)
        tear(torn)
        answers = [tiles_of(service, link) for _ in range(3)]
        assert answers[-1] == right
        for each in answers:
            assert all(answer == right[path] or answer[0] == 0 for path, answer in each.items())
        eventually(lambda: not torn.exists())
        assert "thrown away" in service.log.read_text()
        assert service.log.read_text().count("died of SIG") <= 1
