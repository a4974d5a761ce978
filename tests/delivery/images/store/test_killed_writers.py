"""Workers that are killed while they write: every tile that is stored afterwards is what a render gives."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import random
import time
from typing import TYPE_CHECKING

import lmdb
import pytest

from service.delivery.images.store.generation import NAME_BYTES
from tests.delivery.images.store import writer_process
from tests.delivery.images.store.real_tiles import KEYS, render
from tests.delivery.images.store.samples import SALT, bytes_in, opened
from tests.delivery.images.store.writer_process import BOUND
from tests.processes.tiny import eventually

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from service.delivery.images.tile_cache import TileKey
    from tiling.models import RenderedTile

PATIENCE = 120.0
SOMETHING = 2**16
"""Bytes that generations do not have before tiles are in them."""
NAMES = {hashlib.blake2b(key.digest, key=SALT, digest_size=NAME_BYTES).digest() for key in KEYS}
ROUNDS = int(os.environ.get("KILLS", "8"))
"""Of ten kills each in the slow test: `KILLS=20 make soak` for two hundred."""
FORKING = multiprocessing.get_context("forkserver")
"""Its processes come from one that has imported all, and has no store open."""
FORKING.set_forkserver_preload([writer_process.__name__])


def writer(folder: Path) -> ForkServerProcess:
    here, there = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=writer_process.run, args=(folder, there), daemon=True)
    process.start()
    there.close()
    assert here.poll(PATIENCE), "it does not open the store"
    assert here.recv_bytes() == b"ready"
    return process


def kill(process: ForkServerProcess) -> None:
    assert process.is_alive(), f"it ended by itself: {process.exitcode}"
    process.kill()
    process.join()


def kill_writers(folder: Path, kills: int) -> None:
    """Kill one of two writers, again and again; the other one goes on."""
    pair = [writer(folder), writer(folder)]
    for _ in range(kills):
        time.sleep(random.uniform(0.2, 0.7))
        kill(pair.pop(0))
        pair.append(writer(folder))
    eventually(lambda: bytes_in(folder) > SOMETHING, PATIENCE)
    for each in pair:
        kill(each)


def compare(folder: Path, caplog: pytest.LogCaptureFixture) -> int:
    """Compare all that is stored; return how many tiles that are. The store must have been sound."""
    caplog.clear()
    names = names_in(folder)
    found = asyncio.run(found_in(folder))  # which keeps what is asked for, and may forget another for it
    assert not caplog.records
    assert [key for key, image in found.items() if image != render(key)] == []
    assert names <= NAMES, "there is something that nobody asks for"
    assert bytes_in(folder) <= BOUND
    return len(found)


async def found_in(folder: Path) -> dict[TileKey, RenderedTile]:
    async with opened(folder, bound=BOUND) as store:
        return {key: image for key in KEYS if (image := store.get(key)) is not None}


def names_in(folder: Path) -> set[bytes]:
    """Return all names under which something is stored."""
    names = set[bytes]()
    for path in folder.glob("*.lmdb"):
        with lmdb.open(str(path), subdir=False, readonly=True, lock=False) as file, file.begin() as transaction:
            names.update(bytes(name) for name, _ in transaction.cursor())
    return names


def test_a_few_killed_writers_leave_right_tiles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kill_writers(tmp_path / "tiles", 2)
    assert compare(tmp_path / "tiles", caplog) > 0


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_rounds_of_killed_writers_leave_right_tiles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    compared = 0
    for _ in range(ROUNDS):
        kill_writers(tmp_path / "tiles", 8)  # and the last two
        compared += compare(tmp_path / "tiles", caplog)
    assert compared > 100 * ROUNDS
