"""`tilegate seed` against a running service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_remote_calls import Terminal, url_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Installation


@pytest.fixture
def terminal(tmp_path: Path, service: Installation) -> Terminal:
    environment: dict[str, str | None] = {"TILEGATE_URL": url_of(service), "TILEGATE_API_KEY": service.api_key}
    return Terminal(tmp_path / "home", environment)


async def test_a_dry_run_says_what_it_would_take_and_begins_nothing(service: Installation, terminal: Terminal) -> None:
    item = await service.add_item()
    result = await terminal.run("seed", item["id"], "--maxzoom", "7", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "tiles of zooms" in result.stderr
    assert "MiB" in result.stderr
    assert (await service.ask("item.seeds.list", item_id=item["id"]))["seeds"] == []


@pytest.mark.slow
async def test_it_looks_on_until_all_is_rendered(service: Installation, terminal: Terminal) -> None:
    item = await service.add_item()
    words = ("seed", item["id"], "--minzoom", "7", "--maxzoom", "7", "--bbox", "-79,24,-77,26", "--format", "jpg")
    result = await terminal.run(*words, "--json")
    assert result.exit_code == 0, result.output
    seed = json.loads(result.stdout)
    assert (seed["state"], seed["done"], seed["format"]) == ("done", seed["tiles"], "jpg")


async def test_a_large_one_is_not_begun_without_a_yes(service: Installation, terminal: Terminal) -> None:
    item = await service.add_item()
    result = await terminal.run("seed", item["id"], "--minzoom", "16", "--maxzoom", "16", "--bbox", "-79,24,-77,26")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    refused = await terminal.run("seed", item["id"], "--bbox", "1,2,3")
    assert (refused.exit_code, "west,south,east,north" in refused.stderr) == (2, True)
