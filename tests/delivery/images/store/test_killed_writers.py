"""Workers that are killed while they write: what is stored afterwards is what a render would give."""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

import pytest

from tests.delivery.images.store.samples import bytes_in, image_of, key_of, opened
from tests.delivery.images.store.writer_process import BOUND, KEYS

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

WRITER = "tests.delivery.images.store.writer_process"


async def writer(folder: Path) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", WRITER, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
    return process


async def kill_writers(folder: Path, kills: int) -> None:
    """Kill one of two writers, again and again; the other one goes on."""
    pair = list(await asyncio.gather(writer(folder), writer(folder)))
    for _ in range(kills):
        await asyncio.sleep(random.uniform(0.3, 0.9))
        await kill(pair.pop(0))
        pair.append(await writer(folder))
    for each in pair:
        await kill(each)


async def kill(process: Process) -> None:
    assert process.returncode is None, "it ended by itself"
    process.kill()
    await process.wait()


async def compare(folder: Path, caplog: pytest.LogCaptureFixture) -> int:
    """Compare all that is stored; return how many images that are. The store must have been sound."""
    caplog.clear()
    async with opened(folder, bound=BOUND) as store:
        found = {x: image for x in range(KEYS) if (image := store.get(key_of(x))) is not None}
    assert all(image == image_of(x) for x, image in found.items())
    assert not caplog.records
    assert bytes_in(folder) <= BOUND
    return len(found)


async def test_a_killed_writer_leaves_right_images(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = await writer(tmp_path / "tiles")
    await asyncio.sleep(1)
    await kill(process)
    assert await compare(tmp_path / "tiles", caplog) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_two_hundred_killed_writers_leave_right_images(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    compared = 0
    for _ in range(10):
        await kill_writers(tmp_path / "tiles", 20)
        compared += await compare(tmp_path / "tiles", caplog)
    assert compared > 1000
