"""The snippets of docs/recipients.md that read a shared file by range run as they are printed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rasterio

from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

NAME = "RGB.byte.tif"
CHAPTER = re.compile(r"^## The file itself, by range$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippet(language: str) -> str:
    found = CHAPTER.search((Path(__file__).parents[2] / "docs" / "recipients.md").read_text())
    assert found is not None
    return dict(BLOCK.findall(found[1]))[language]


async def run(service: Installation, folder: Path, *command: str) -> str:
    """Run a command beside a link, as its recipient would, and return what it prints."""
    link = await service.add_link(permission="download")
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    address = f"http://127.0.0.1:{service.client.port}/s/{link['token']}"
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LINK": address, "KEY": opened["key"], "FILE": NAME},
        stdout=subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()


async def test_rasterio_reads_a_part_of_a_shared_file(service: Installation, tmp_path: Path) -> None:
    printed = await run(service, tmp_path, sys.executable, "-c", snippet("python"))
    with rasterio.open(DATA / NAME) as dataset:
        assert int(printed) == dataset.read(1, window=((0, 256), (0, 256))).sum()
    assert (await service.usage())["downloads"] == 1


@pytest.mark.skipif(shutil.which("gdal_translate") is None, reason="GDAL's programs are not installed")
async def test_gdals_programs_read_a_part_of_a_shared_file(service: Installation, tmp_path: Path) -> None:
    printed = await run(service, tmp_path, "sh", "-ec", snippet("sh"))
    assert "Size is 791, 718" in printed
    with rasterio.open(DATA / NAME) as dataset, rasterio.open(tmp_path / "part.tif") as part:
        assert (part.read() == dataset.read(window=((0, 256), (0, 256)))).all()
    assert (await service.usage())["renders"] == 0
