"""Uploads into storage roots, in parts: where they may go, and who may send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.api.sharer.browsing import Browsing

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Installation

PART = {"Content-Type": "application/partial-upload"}


async def begin(service: Installation, path: str = "new/a.tif", **fields: Any) -> ClientResponse:
    fields = {"project_id": service.account.project_id, "root": "files", "path": path, **fields}
    return await service.post("root.upload", **fields)


async def address_of(service: Installation) -> str:
    url = urlsplit((await (await begin(service)).json())["upload_url"])
    return f"{url.path}?{url.query}"


def said(offset: int, *, last: bool) -> dict[str, str]:
    return PART | {"Upload-Offset": str(offset), "Upload-Complete": "?1" if last else "?0"}


async def test_a_file_comes_in_parts_and_can_be_registered(service: Installation) -> None:
    address, send = await address_of(service), service.client.patch
    response = await send(address, data=b"# He", headers=service.headers | said(0, last=False))
    assert (response.status, response.headers["Upload-Offset"]) == (204, "4")
    assert (await send(address, data=b"x", headers=service.headers | said(9, last=False))).status == 409
    head = await service.client.head(address, headers=service.headers)
    assert head.headers["Upload-Offset"] == "4"
    assert not (service.root / "new/a.tif").exists()
    assert (await send(address, data=b"llo", headers=service.headers | said(4, last=True))).status == 201
    assert (service.root / "new/a.tif").read_bytes() == b"# Hello"
    (folder,) = (await service.ask("root.folders"))["folders"]
    assert (folder["root"], folder["prefix"]) == ("files", "")


async def test_another_file_is_not_replaced(service: Installation) -> None:
    address = await address_of(service)
    (service.root / "new").mkdir()
    (service.root / "new/a.tif").write_bytes(b"theirs")
    response = await service.client.patch(address, data=b"ours", headers=service.headers | said(0, last=True))
    assert response.status == 412
    assert (service.root / "new/a.tif").read_bytes() == b"theirs"


@pytest.mark.parametrize("path", ["../a.tif", "/a.tif", "a/../../b.tif", ".hidden", "a/.b/c.tif", "\u202egnp.exe", "."])
async def test_a_path_that_is_no_plain_name_is_refused(lasting: Installation, path: str) -> None:
    assert (await begin(lasting, path)).status == 422


async def test_a_link_in_the_root_leads_nowhere(
    service: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (service.root / "way").symlink_to(outside)
    assert (await begin(service, "way/a.tif")).status == 422
    address = await address_of(service)
    (service.root / "new").symlink_to(outside)  # after it was looked at
    response = await service.client.patch(address, data=b"x", headers=service.headers | said(0, last=True))
    assert response.status >= 400
    assert not any(outside.iterdir())


async def test_only_editors_of_the_project_send_parts(service: Installation) -> None:
    address = await address_of(service)
    key = await service.ask("api_key.create", label="look", scopes=["items:read"])
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    for sent, status in (({}, 401), (headers, 403)):
        assert (await service.client.patch(address, data=b"x", headers=sent | said(0, last=True))).status == status
    assert (await begin(service, project_id="prj_none")).status == 404
    assert (await begin(service, root="none")).status == 422


async def test_the_page_sends_parts_by_its_session_and_token_alone(service: Installation) -> None:
    browsing = Browsing(service=service)
    await browsing.sign_in()
    address = (await address_of(service)).replace("/v1/root/upload/parts", "/page/upload")
    sent = browsing.headers | {"Cookie": browsing.cookie} | said(0, last=True)
    for headers in (sent, sent | {"X-CSRF-Token": "x"}, service.headers | said(0, last=True)):
        assert (await service.client.patch(address, data=b"x", headers=headers)).status in {401, 403}
    response = await service.client.patch(address, data=b"x", headers=sent | {"X-CSRF-Token": browsing.csrf})
    assert response.status == 201
