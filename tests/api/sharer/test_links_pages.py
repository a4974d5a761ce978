"""The table of links and the page of one link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.sharer.browsing import Browsing

if TYPE_CHECKING:
    from tests.conftest import Installation


@pytest.fixture
async def browsing(service: Installation) -> Browsing:
    """Somebody who signed in."""
    browsing = Browsing(service=service)
    await browsing.sign_in()
    return browsing


async def text_of(browsing: Browsing, path: str, status: int = 200) -> str:
    response = await browsing.get(path)
    assert response.status == status, await response.text()
    return await response.text()


async def test_the_table_is_searched_filtered_and_sorted(service: Installation, browsing: Browsing) -> None:
    item = await service.add_item()
    for name in ("Forest", "Lake", "Moor"):
        await service.add_link(item, name=name)
    text = await text_of(browsing, "/?query=lake")
    assert ">Lake</a>" in text
    assert ">Moor</a>" not in text
    assert "No link is like that" in await text_of(browsing, "/?status=revoked")
    text = await text_of(browsing, "/?sort=name&descending=0")
    assert text.index(">Forest</a>") < text.index(">Lake</a>") < text.index(">Moor</a>")
    assert 'aria-sort="ascending"' in text
    await text_of(browsing, "/?sort=evil", 422)
    await text_of(browsing, "/?cursor=evil", 422)


async def test_one_link_shows_who_used_it_its_keys_letters_and_requests(
    service: Installation, browsing: Browsing
) -> None:
    link = await service.add_link(name="Shared", recipients=["r@example.org"])
    await service.ask("share.key.create", link_id=link["id"], label="<b>Desk</b>")
    await service.post(
        "share.access.request",
        headers={},
        token=link["token"],
        kind="download",
        email="asks@example.org",
        name="<i>Somebody</i>",
        message="<script>alert(1)</script>",
    )
    await service.post("share.link.validate", headers={}, token=link["token"], password="wrong")
    text = await text_of(browsing, f"/links/{link['id']}")
    for said in ("r@example.org", "asks@example.org", "unlock", "127.0.0.0/24", "&lt;b&gt;Desk", "to download"):
        assert said in text
    for raw in ("<b>Desk", "<i>Somebody", "<script>alert"):
        assert raw not in text
    assert "1 person waits" in await text_of(browsing, "/")


async def test_a_request_is_answered_from_the_page(service: Installation, browsing: Browsing) -> None:
    link = await service.add_link()
    await service.post(
        "share.access.request", headers={}, token=link["token"], kind="download", email="asks@example.org"
    )
    (asked,) = (await service.ask("share.access.list"))["requests"]
    response = await browsing.call("share.access.resolve", request_id=asked["id"], decision="grant")
    assert response.status == 200
    text = await text_of(browsing, f"/links/{link['id']}")
    assert "granted" in text
    assert (await service.ask("share.link.get", link_id=link["id"]))["permission"] == "download"


async def test_a_code_shows_the_address(service: Installation, browsing: Browsing) -> None:
    link = await service.add_link()
    response = await browsing.get(f"/links/{link['id']}/qr.svg")
    assert response.content_type == "image/svg+xml"
    assert (await response.text()).count("<path") == 2


async def test_a_link_of_nobody_is_not_found(browsing: Browsing) -> None:
    for path in ("/links/lnk_none", "/links/lnk_none/qr.svg", "/links/%00"):
        assert (await browsing.get(path)).status in {400, 404, 422}


async def test_a_viewer_sees_no_buttons_and_no_events(service: Installation) -> None:
    link = await service.add_link()
    key = await service.ask("api_key.create", label="look", scopes=["shares:read"])
    browsing = Browsing(service=service)
    await browsing.sign_in(key["api_key"])
    text = await text_of(browsing, f"/links/{link['id']}")
    assert "data-act" not in text
    assert "data-new-key" not in text
