"""Legends, values under the cursor and statistics say what a class is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.conftest import PASSWORD
from tests.tiling.raster_zoo import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
PAM = (
    '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category>Sea</Category><Category>Forest</Category>'
    "</CategoryNames></PAMRasterBand></PAMDataset>"
)
CLASSES = np.repeat(np.array([[0, 1, 1, 3]], np.uint8), 4, axis=0).repeat(16, axis=0).repeat(16, axis=1)


async def add_classes(service: Installation, name: str) -> Any:
    write(service.root / name, CLASSES)
    return await service.ask("item.create", project_id=service.account.project_id, root="files", path=name)


async def asked(service: Installation, link: Any, name: str) -> Any:
    answer = await service.client.get(f"/s/{link['token']}/{name}", headers=HEADERS)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_names_of_classes_come_with_the_file(service: Installation) -> None:
    (service.root / "cover.tif.aux.xml").write_text(PAM)
    item = await add_classes(service, "cover.tif")
    assert item["profiles"][0]["labels"] == {"0": "Sea", "1": "Forest"}
    link = await service.add_link(item)
    legend = await asked(service, link, "legend.json")
    assert (legend["kind"], [entry["label"] for entry in legend["entries"]]) == ("classes", ["Sea", "Forest"])
    west, south, east, north = item["bounds"]
    place = f"{west + (east - west) * 0.4},{(south + north) / 2}"
    (value,) = (await asked(service, link, f"point/{place}"))["values"]
    assert (value["value"], value["label"]) == (1, "Forest")
    (band,) = (await asked(service, link, "statistics?categorical=true"))["bands"]
    found = {each["value"]: (each["label"], each["percent"]) for each in band["classes"]}
    assert found == {0: ("Sea", 25), 1: ("Forest", 50), 3: (None, 25)}
    assert (await asked(service, link, "statistics"))["bands"][0]["classes"] is None


async def test_a_sidecar_that_is_a_symbolic_link_is_not_read(service: Installation, tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_text(PAM)
    (service.root / "linked.tif.aux.xml").symlink_to(outside)
    item = await add_classes(service, "linked.tif")
    assert item["profiles"][0]["labels"] == {}


async def test_a_profile_names_classes_and_no_tile_changes_by_that(service: Installation) -> None:
    item = await add_classes(service, "named.tif")
    link = await service.add_link(item)
    before = await service.client.get(f"/s/{link['token']}/preview.png", headers=HEADERS)
    profile = item["profiles"][0] | {"labels": {"3": "Rock", "1": "Wood"}}
    changed = await service.ask("item.profiles.set", item_id=item["id"], profiles=[profile])
    assert changed["profiles"][0]["labels"] == {"1": "Wood", "3": "Rock"}
    legend = await asked(service, link, "legend.json")
    assert [entry["label"] for entry in legend["entries"]] == ["Wood", "Rock"]
    after = await service.client.get(f"/s/{link['token']}/preview.png", headers=HEADERS)
    assert before.headers["ETag"] == after.headers["ETag"]


@pytest.mark.parametrize(
    "labels",
    [
        {"one": "x"},
        {"1": "<b>x</b>"},
        {"1": "x\u202ey"},
        {"1": "x" * 101},
        {"1": ""},
        {str(number): "x" for number in range(513)},
        {"99999999999999999999": "x"},
    ],
    ids=["no number", "markup", "direction", "long", "empty", "many", "large"],
)
async def test_labels_that_cannot_be_shown_are_refused(lasting: Installation, labels: dict[str, str]) -> None:
    item = await add_classes(lasting, "bad.tif")
    profile = item["profiles"][0] | {"labels": labels}
    answer = await lasting.post("item.profiles.set", item_id=item["id"], profiles=[profile])
    assert answer.status == 422, await answer.text()
    assert "labels" in (await answer.json())["detail"]
