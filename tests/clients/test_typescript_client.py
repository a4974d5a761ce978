"""The TypeScript client in Node, where it is there; its types by tsc, where that is."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

PACKAGE = Path(__file__).parents[2] / "clients" / "typescript"
NODE, TSC = shutil.which("node"), shutil.which("tsc")
OLDEST_NODE = 18


def node_version() -> int:
    if NODE is None:
        return 0
    told = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)", told)
    return int(match[1]) if match else 0


@pytest.mark.skipif(NODE is None, reason="no node is installed")
async def test_it_does_in_node_what_a_sharer_and_a_recipient_do(service: Installation) -> None:
    if node_version() < OLDEST_NODE:
        pytest.skip(f"node is older than {OLDEST_NODE}")
    item = await service.add_item()
    url = str(service.client.make_url("")).rstrip("/")
    command = [NODE or "", str(PACKAGE / "test.mjs"), url, service.api_key, item["id"], PASSWORD]
    done = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await done.communicate()
    assert done.returncode == 0, told.decode()
    assert told.decode().splitlines()[-1] == "all holds"


@pytest.mark.skipif(TSC is None, reason="no tsc is installed")
def test_its_types_and_those_of_its_example_hold() -> None:
    done = subprocess.run([TSC or "", "--project", PACKAGE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
