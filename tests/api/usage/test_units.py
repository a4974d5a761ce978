"""What an answer counts for, in each unit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from service.metering.usage import UNITS, Units
from tests.api.test_collections import add_collection, add_gray, share
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
BBOX = "-78,23,-77,25"


class Tally:
    """What a recipient says that a link was used for."""

    def __init__(self, service: Installation, link: Any) -> None:
        self.service, self.base = service, f"/s/{link['token']}"
        self.units = Units()

    async def image(self, path: str) -> tuple[int, int]:
        """Ask for an image, and count it as a person would who sees it; return its size."""
        async with self.service.client.get(f"{self.base}/{path}", headers=HEADERS) as response:
            body = await response.read()
            assert (response.status, response.headers["X-Metered"]) == (200, "1"), body
        with Image.open(io.BytesIO(body)) as image:
            width, height = image.size
        self.units += Units(renders=1, bytes=len(body), pixels=width * height)
        return width, height

    async def free(self, path: str, method: str = "GET", **headers: str) -> int:
        """Ask for what is free; return the status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.service.client.request(method, f"{self.base}/{path}", headers=HEADERS | named) as response:
            await response.read()
            assert response.headers["X-Metered"] == "0"
            return response.status

    async def counted(self) -> Units:
        usage = await self.service.usage()
        return Units(**{unit: usage[unit] for unit in UNITS if unit not in {"views", "cached"}})


async def test_pixels_are_width_times_height_of_every_image(service: Installation) -> None:
    tally = Tally(service, await service.add_link(permission="download"))
    sizes = [
        await tally.image("7/36/54.png"),
        await tally.image("7/36/54.png"),  # out of the cache
        await tally.image("7/36/54@2x.webp"),
        await tally.image("7/36/54@2x.jpg"),
        await tally.image("preview.png?size=100"),
        await tally.image(f"crop.png?bbox={BBOX}&max_size=90"),
        await tally.image(f"crop.tif?bbox={BBOX}"),
    ]
    assert sizes[:4] == [(256, 256), (256, 256), (512, 512), (512, 512)]
    assert max(sizes[4]) == 100
    assert max(sizes[5]) == 90
    assert await tally.counted() == tally.units


async def test_pixels_of_mosaics_and_pictures(service: Installation) -> None:
    grays = [await add_gray(service, 10 * (n + 1), n) for n in range(2)]
    mosaic = Tally(service, await share(service, await add_collection(service, *grays)))
    await mosaic.image("preview.png?size=64")
    (service.root / "a.png").write_bytes(_picture(300, 200))
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path="a.png")
    picture = Tally(service, await service.add_link(item))
    assert await picture.image("preview.webp?size=150") == (150, 100)
    assert await picture.counted() == mosaic.units + picture.units


async def test_what_is_not_sent_as_an_image_has_no_pixels(service: Installation) -> None:
    link = await service.add_link()
    tally = Tally(service, link)
    etag = (await service.client.get(f"/s/{link['token']}/7/36/54.png", headers=HEADERS)).headers["ETag"]
    before = await tally.counted()
    assert before.pixels == 256 * 256
    free = [
        await tally.free("7/36/54.png", If_None_Match=etag),
        await tally.free("7/0/0.png"),
        await tally.free("7/0/0.png?empty=transparent"),
        await tally.free("7/36/54.png", "HEAD"),
        await tally.free("7/999/0.png"),
        await tally.free("legend.json"),
        await tally.free("statistics", "HEAD"),
        await tally.free("point/500,0"),
        await tally.free("statistics?bbox=1,2"),
    ]
    assert free == [304, 204, 200, 200, 422, 200, 200, 422, 422]
    own = await service.client.get(f"/s/{link['token']}/point/-77.5,24.5", headers=service.headers)
    assert (own.status, own.headers["X-Metered"]) == (200, "0")
    assert await tally.counted() == before


@pytest.mark.parametrize("path", ["statistics", f"statistics?bbox={BBOX}", "point/-77.5,24.5", "point/10,50"])
async def test_a_question_for_values_is_a_query(service: Installation, path: str) -> None:
    link = await service.add_link()
    for _ in range(2):
        answer = await service.client.get(f"/s/{link['token']}/{path}", headers=HEADERS)
        assert (answer.status, answer.headers["X-Metered"]) == (200, "1"), await answer.text()
    assert await Tally(service, link).counted() == Units(queries=2)


async def test_operations_count_queries_as_addresses_do(service: Installation) -> None:
    link = await service.add_link()
    opened = {"token": link["token"], "password": PASSWORD}
    for operation, fields in (("share.tile.statistics", {}), ("share.tile.point", {"lon": -77.5, "lat": 24.5})):
        answer = await service.post(operation, {}, **opened, **fields)
        assert (answer.status, answer.headers["X-Metered"]) == (200, "1")
    total = (await service.ask("share.link.stats", link_id=link["id"]))["total"]
    assert (total["queries"], total["pixels"], total["renders"]) == (2, 0, 0)
    (row,) = (await service.ask("usage.export", organization_id=service.account.organization_id))["rows"]
    assert (row["queries"], row["pixels"]) == (2, 0)


async def test_a_revoked_link_answers_no_query(service: Installation) -> None:
    link = await service.add_link()
    await service.ask("share.link.revoke", link_id=link["id"])
    answer = await service.client.get(f"/s/{link['token']}/point/-77.5,24.5", headers=HEADERS)
    assert (answer.status, (await service.usage())["queries"]) == (410, 0)


def _picture(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (10, 20, 30)).save(file, "PNG")
    return file.getvalue()
