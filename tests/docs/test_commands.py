"""Each command that the documentation shows is run, as it stands, against real services; or its page says why not.

`<!-- not run: why -->` before a block of `sh` leaves it out, `<!-- set up: command -->` runs before what it shows.
Readers see neither. Names that stand for something of one's own (`itm_…`, `/srv/tilegate`) become what is there.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.test_docs import PAGES, ROOT
from tests.tiling.ingest.test_foreign import COLOURS, made, several

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>not run|set up): (?P<told>[^\n]+) -->\n+)?^```(?P<kind>\w*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PROGRAMS = re.compile(
    r"^\s*(\w+=\$\()?(tilegate|curl|make|pip|pipx|python3?|docker|kubectl|valkey-\w+|pg_\w+|cp|apt-get|gdal\w*) ",
    re.MULTILINE,
)
PASSWORD = "juvo-lega-dimi-jumo"
"""That of the quick start."""
ELSEWHERE = {
    "docs/coming-from.md": "tests/reference/test_coming_from.py",
    "docs/webhooks.md": "tests/notices/test_webhooks.py",
}
"""Pages whose commands have a test of their own."""
READ_BY_RANGE = "gdalinfo"
"""What such a block begins with is run by tests/docs/test_reading_by_range.py."""
NOT_RUN = 17
"""Blocks: what needs Docker or a cluster, installs programs, takes hours, or has a test that does the same. No more."""
SERVE = """
import os, subprocess, sys
with open(os.environ["PIDS"] + ".log", "w") as log:
    words = [os.environ["REAL"], *sys.argv[1:], "--port", "0"]
    process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
with open(os.environ["PIDS"], "a") as pids:
    pids.write(f"{process.pid} ")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some commands of a page."""

    page: str
    mark: str
    told: str
    code: str

    @property
    def script(self) -> str:
        """What is run."""
        return f"{self.told}\n{self.code}" if self.mark == "set up" else self.code


def blocks(kind: str) -> list[Block]:
    return [
        Block(page=str(page.relative_to(ROOT)), mark=found["mark"] or "", told=found["told"] or "", code=found["code"])
        for page in PAGES
        for found in BLOCK.finditer(page.read_text("utf-8"))
        if found["kind"] == kind
    ]


SHOWN = blocks("sh")
RUN = [
    block
    for block in SHOWN
    if block.mark != "not run" and block.page not in ELSEWHERE and not block.code.startswith(READ_BY_RANGE)
]


def test_what_is_not_run_says_why_and_does_not_grow() -> None:
    left_out = [block for block in SHOWN if block.mark == "not run"]
    assert len(left_out) == NOT_RUN, [f"{block.page}: {block.code[:40]}" for block in left_out]
    assert all(len(block.told.split()) > 1 for block in left_out)
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text("utf-8")


def test_every_command_stands_in_a_block_of_sh() -> None:
    assert [block for block in blocks("") if PROGRAMS.search(block.code)] == []


async def names(service: Installation, folder: Path) -> dict[str, str]:
    """What stands in the documentation for something of one's own, and what it is here."""
    shutil.copy(folder / "scene.tif", service.root)
    item = await service.add_item()
    files = await service.ask("item.create", project_id=service.account.project_id, root="files", path=".")
    link = await service.add_link(item, password=PASSWORD)
    folder_link = await service.add_link(
        target_type="directory", target_id=files["id"], permission="write", password=PASSWORD
    )
    drop = await service.add_link(target_type="directory", target_id=files["id"], permission="drop", password=PASSWORD)
    address = f"http://127.0.0.1:{service.client.port}"
    return {
        "/srv/tilegate": str(folder / "srv"),
        "/backup": str(folder / "backup"),
        "https://maps.example.org/s/TOKEN/files": f"{address}/s/{folder_link['token']}/files",
        "https://maps.example.org/s/TOKEN/drop": f"{address}/s/{drop['token']}/drop",
        "https://maps.example.org/s/TOKEN": f"{address}/s/{link['token']}",
        "http://127.0.0.1:8080/s/yTVI…cBZ1": f"{address}/s/{link['token']}",
        "https://maps.example.org": address,
        "http://127.0.0.1:8080": address,
        "http://127.0.0.1:8000": address,
        "https://…": address,
        "any:PASSWORD": f"any:{PASSWORD}",
        "--password …": f"--password {PASSWORD}",
        '"password": "…"': f'"password": "{PASSWORD}"',
        "tg_…": service.api_key,
        "itm_…": item["id"],
        "lnk_…": link["id"],
        "org_…": service.account.organization_id,
        "prj_…": service.account.project_id,
        '"$ITEM"': item["id"],
    }


def surroundings(service: Installation, folder: Path) -> dict[str, str]:
    """Files that the commands speak of, programs, and the environment."""
    made(folder / "scene.tif", COLOURS)
    several(folder).rename(folder / "rain.nc")
    made(folder / "plan.png", COLOURS, "PNG")
    (folder / "plan.pgw").write_text("2\n0\n0\n-2\n500001\n4999999\n")
    (folder / "password.txt").write_text(PASSWORD)
    (folder / "bin").mkdir()
    (folder / "serve.py").write_text(SERVE)
    real = Path(sys.executable).with_name("tilegate")
    command = folder / "bin" / "tilegate"
    command.write_text(
        f'#!/bin/sh\nif [ "$1" = serve ]; then exec {sys.executable} {folder}/serve.py "$@"; fi\nexec {real} "$@"\n'
    )
    command.chmod(0o755)
    return {
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PIDS": str(folder / "pids"),
        "REAL": str(real),
        "TILEGATE_URL": f"http://127.0.0.1:{service.client.port}",
        "TILEGATE_API_KEY": service.api_key,
        "TILEGATE_STANDBY": "false",
        "KEY": service.api_key,
    }


def end_services(pids: Path) -> None:
    if pids.exists():
        for pid in map(int, pids.read_text().split()):
            os.kill(pid, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="bash and curl are not installed")
@pytest.mark.parametrize("page", sorted({block.page for block in RUN}))
async def test_the_commands_of_a_page_run_as_they_stand(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path, page: str
) -> None:
    service = await install()
    variables = surroundings(service, tmp_path)
    script = "\n".join(block.script for block in RUN if block.page == page)
    for name, ours in (await names(service, tmp_path)).items():
        script = script.replace(name, ours)
    (tmp_path / "page.sh").write_text(script)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euxo", "pipefail", "page.sh"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=variables,
        cwd=tmp_path,
    )
    try:
        told, _ = await process.communicate(f"{service.api_key}\n".encode())
    finally:
        end_services(tmp_path / "pids")
    assert process.returncode == 0, told.decode()
    assert '"status": 4' not in told.decode(), told.decode()
