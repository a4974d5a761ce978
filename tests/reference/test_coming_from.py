"""Every example of docs/coming-from.md runs as it stands, against one service."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "coming-from.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
START = """
import os
from tilegate_client import Tilegate

client = Tilegate(os.environ["TILEGATE_URL"], os.environ["TILEGATE_API_KEY"])
item, link, token, password = (os.environ[name] for name in ("ITEM", "LINK", "TOKEN", "PASSWORD"))
"""


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(DOCUMENT.read_text()) if found == kind]


async def environment(service: Installation, folder: Path) -> dict[str, str]:
    """What the document says that the examples take from the environment; and `tilegate` on the path."""
    item = await service.add_item()
    link = await service.add_link(item)
    command = folder / "tilegate"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from service.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'clients' / 'python'}",
        "HOME": str(folder),
        "TILEGATE_URL": str(service.client.make_url("")).rstrip("/"),
        "TILEGATE_API_KEY": service.api_key,
        "PROJECT": service.account.project_id,
        "ITEM": item["id"],
        "LINK": link["id"],
        "TOKEN": link["token"],
        "PASSWORD": PASSWORD,
    }


async def run(command: list[str], script: str, environment: dict[str, str], folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
        cwd=folder,
    )
    told, _ = await process.communicate(script.encode())
    assert process.returncode == 0, f"{script}\n{told.decode()}"


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="bash and curl are not installed")
async def test_the_examples_in_the_shell_run(service: Installation, tmp_path: Path) -> None:
    assert len(blocks("sh")) >= 5
    variables = await environment(service, tmp_path)
    for script in blocks("sh"):
        await run(["bash", "-euo", "pipefail"], script, variables, tmp_path)


async def test_the_examples_in_python_run(service: Installation, tmp_path: Path) -> None:
    assert START.strip() in DOCUMENT.read_text()
    scripts = [START, *blocks("python")]
    await run([sys.executable, "-"], "\n".join(scripts), await environment(service, tmp_path), tmp_path)


def test_every_document_has_its_table_and_an_example() -> None:
    sections = DOCUMENT.read_text().split("\n## ")[1:]
    names = ("Geopera", "Nomad", "Puter", "Onedata", "Share API", "TiTiler")
    assert [section.startswith(name) for section, name in zip(sections, names, strict=True)] == [True] * 6
    for section in sections:
        assert "| there | here |" in section
        assert BLOCK.search(section)
