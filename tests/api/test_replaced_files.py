"""A file that is replaced a moment after it was looked at: who asks gets the new one, and no 502."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from service.identifiers import ItemId
from tests.api.test_main_job import tile_path, tilejson_of
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Installation

AS_RECIPIENT = {"X-Share-Password": PASSWORD}


def replace(path: Path) -> None:
    """Give a raster's name to the raster's copy, which has another version and is not open."""
    shutil.copy(path, path.with_name("new"))
    path.with_name("new").rename(path)


async def asked(service: Installation, link: Any, what: str, path: str) -> Any:
    """Ask for something whose file has to be opened."""
    if what == "statistics":
        return await service.post("share.tile.statistics", AS_RECIPIENT, token=link["token"])
    if what == "point":
        return await service.client.get(f"/s/{link['token']}/point/-77.5,24.5", headers=AS_RECIPIENT)
    if what == "preview":
        return await service.client.get(f"/s/{link['token']}/preview.png?size=64", headers=AS_RECIPIENT)
    return await service.client.get(path)


@pytest.mark.parametrize("what", ["tile", "preview", "statistics", "point"])
async def test_what_is_asked_of_a_file_just_replaced_is_answered(service: Installation, what: str) -> None:
    link = await service.add_link()
    tilejson = await tilejson_of(service, link)
    item = await service.services.catalogue.items.get(ItemId(link["target_id"]))
    assert item is not None
    await service.services.images.sources.of(item)
    replace(service.root / "RGB.byte.tif")
    answer = await asked(service, link, what, tile_path(tilejson["tiles"][0], tilejson))
    assert answer.status == 200, await answer.text()


async def test_a_text_just_replaced_is_read(service: Installation) -> None:
    (service.root / "n.md").write_text("one")
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path="n.md")
    link = await service.add_link(item)
    client, path = service.client, f"/s/{link['token']}/content"
    assert "one" in await (await client.get(path, headers=AS_RECIPIENT)).text()
    (service.root / "n.md").unlink()
    (service.root / "new").write_text("another")
    (service.root / "new").rename(service.root / "n.md")
    answer = await client.get(path, headers=AS_RECIPIENT)
    assert answer.status == 200
