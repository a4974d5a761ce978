"""The pages of items, usage, keys, members, webhooks and the audit log, as a client of the operations."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from service.api.sharer.advice import OTHERWISE, advised
from service.api.sharer.outline import outline
from tests.api.isolation.tenants import NOT_SENT, furnish, second_organization
from tests.api.sharer.browsing import Browsing
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

ADMINS = ("/keys", "/members", "/webhooks", "/audit", "/audit.csv")
PAGES = ("/items", "/usage", "/usage.csv", *ADMINS)
EVIL = '<img src=x onerror="alert(1)">'
NAV = re.compile(r'<nav aria-label="Pages">(.*?)</nav>', re.DOTALL)


@pytest.fixture
async def browsing(service: Installation) -> Browsing:
    """Somebody who signed in with all that an admin may."""
    browsing = Browsing(service=service)
    await browsing.sign_in()
    return browsing


async def text_of(browsing: Browsing, path: str, status: int = 200) -> str:
    response = await browsing.get(path)
    text = await response.text()
    assert response.status == status, text
    return text


@pytest.mark.parametrize("path", PAGES)
async def test_who_has_not_signed_in_sees_nothing(service: Installation, path: str) -> None:
    response = await Browsing(service=service).get(path)
    assert (response.status, response.headers["Location"].split("?")[0]) == (303, "/sign-in")


async def test_every_page_is_there_for_an_admin_of_an_empty_organization(browsing: Browsing) -> None:
    for path in PAGES:
        await text_of(browsing, path)
    assert re.findall(r'href="(/\w*)"', NAV.findall(await text_of(browsing, "/items"))[0]) == [
        "/",
        "/items",
        "/usage",
        "/keys",
        "/members",
        "/webhooks",
        "/audit",
    ]


@pytest.mark.security
@pytest.mark.parametrize(
    ("scopes", "seen", "refused"),
    [
        (["items:read"], ["/items"], ["/usage", "/usage.csv", *ADMINS]),
        (["usage:read"], ["/usage"], ["/items", *ADMINS]),
        (["shares:read", "shares:write", "items:write"], ["/"], ["/items", "/usage", *ADMINS]),
    ],
)
async def test_who_lacks_a_scope_sees_no_entry_and_is_refused(
    service: Installation, scopes: list[str], seen: list[str], refused: list[str]
) -> None:
    key = await service.ask("api_key.create", label="page", scopes=scopes)
    browsing = Browsing(service=service)
    await browsing.post_form("/sign-in", {"api_key": key["api_key"]})
    for path in seen:
        nav = NAV.findall(await text_of(browsing, path))[0]
        assert re.findall(r'href="(/\w*)"', nav) == seen
    for path in refused:
        await text_of(browsing, path, 403)


@pytest.mark.security
async def test_nothing_of_another_organization_is_shown(browsing: Browsing) -> None:
    service = browsing.service
    other, key = await second_organization(service, "theirs")
    things, _ = await furnish(service, other, key, "theirs")
    ids = [things.item, things.webhook, things.api_key, things.link, things.email]
    for path in (*PAGES, f"/members?project={things.project}", f"/audit?target_id={things.link}"):
        text = await (await browsing.get(path)).text()
        assert not [one for one in ids if one in text.replace(f'value="{things.link}"', "").replace(things.link, "")]
    for path in (f"/items/{things.item}", f"/items/{things.item}/picture", f"/webhooks/{things.webhook}"):
        await text_of(browsing, path, 404)


@pytest.mark.security
async def test_names_are_escaped(browsing: Browsing) -> None:
    service = browsing.service
    item = await service.add_item(name=EVIL, description=EVIL)
    await service.ask("api_key.create", label=EVIL, scopes=["items:read"])
    await service.ask("webhook.create", **NOT_SENT, description=EVIL)
    await service.ask(
        "member.set", project_id=service.account.project_id, email=f"{EVIL.replace(' ', '')}@x.org", role="viewer"
    )
    label = "'\"</script><b>"
    profiles = [{"id": "p", "label": label, "kind": "rgb"}]
    await service.ask("item.profiles.set", item_id=item["id"], profiles=profiles)
    for path in (
        "/items",
        f"/items/{item['id']}",
        "/keys",
        "/webhooks",
        "/members",
        "/audit",
        f"/audit?operation={EVIL}",
    ):
        text = await text_of(browsing, path)
        assert "<img src=x" not in text
        assert "<imgsrc=x" not in text
        assert "</script><b>" not in text


async def test_an_item_shows_its_picture_place_warnings_and_profiles(browsing: Browsing) -> None:
    item = await browsing.service.add_item(name="Bahamas")
    text = await text_of(browsing, f"/items/{item['id']}")
    assert "Bahamas" in await text_of(browsing, "/items")
    assert 'class="box"' in text
    assert all(warning in text for warning in item["warnings"])
    assert "data-profiles=" in text
    response = await browsing.get(f"/items/{item['id']}/picture?size=64")
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert max(Image.open(io.BytesIO(await response.read())).size) == 64
    for size in ("0", "9999", "x", "-1"):
        assert (await browsing.get(f"/items/{item['id']}/picture?size={size}")).status == 422


async def test_a_text_has_no_editor(browsing: Browsing) -> None:
    note = {"project_id": browsing.service.account.project_id, "name": "Note", "content": {"markdown": "# Hi"}}
    item = await browsing.service.ask("item.create", **note)
    text = await text_of(browsing, f"/items/{item['id']}")
    assert "data-editor" not in text
    assert (await browsing.get(f"/items/{item['id']}/picture")).status == 404


async def test_who_may_not_write_gets_no_save_button(service: Installation) -> None:
    item = await service.add_item()
    key = await service.ask("api_key.create", label="page", scopes=["items:read"])
    browsing = Browsing(service=service)
    await browsing.post_form("/sign-in", {"api_key": key["api_key"]})
    assert "data-save" not in await text_of(browsing, f"/items/{item['id']}")


async def test_usage_is_told_by_month_and_link_with_its_budget(browsing: Browsing) -> None:
    service = browsing.service
    link = await service.add_link(name="Forest")
    tile = {"token": link["token"], "password": PASSWORD, "z": 8, "x": 72, "y": 110}
    assert (await service.post("share.tile.render", {}, **tile)).status == 200
    await service.ask("budget.set", organization_id=service.account.organization_id, max_renders=4)
    text = await text_of(browsing, "/usage")
    month = f"{datetime.now(UTC):%Y-%m}"
    assert "Forest" in text
    assert f"/usage?month={month}" in text
    assert "1 of 4 used, 25 %" in text
    response = await browsing.get(f"/usage.csv?month={month}")
    assert response.headers["Content-Disposition"] == f'attachment; filename="usage-{month}.csv"'
    rows = list(csv.DictReader(io.StringIO(await response.text())))
    assert [(row["link_id"], row["renders"]) for row in rows] == [(link["id"], "1")]
    assert "No link was used" in await text_of(browsing, "/usage?month=2020-02")
    audited = await service.ask("audit.list", organization_id=service.account.organization_id, operation="usage.export")
    assert len(audited["rows"]) == 1, "the file takes it away, and to look at the page does not"


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-99", "9999-12", "0001-01", "2026-1", "2026-11-01"])
async def test_a_month_is_a_month(browsing: Browsing, month: str) -> None:
    await text_of(browsing, f"/usage?month={month}", 422)


async def test_the_audit_log_is_filtered_and_exported(browsing: Browsing) -> None:
    await browsing.service.ask("project.create", name="Second")
    text = await text_of(browsing, "/audit?operation=project.create")
    assert "Second" in text
    assert "sign_in" not in text
    rows = list(csv.DictReader(io.StringIO(await text_of(browsing, "/audit.csv?operation=project.create"))))
    assert {row["operation"] for row in rows} == {"project.create"}


async def test_a_member_of_no_project_is_told(browsing: Browsing) -> None:
    await text_of(browsing, "/members?project=prj_none", 404)


@pytest.mark.parametrize(
    ("bounds", "boxes", "words"),
    [
        ((-78.0, 24.0, -76.0, 25.5), 1, "24.000° N to 25.500° N, 78.000° W to 76.000° W"),
        ((170.0, -50.0, -170.0, -30.0), 2, "50.000° S to 30.000° S, 170.000° E to 170.000° W"),
        ((-180.0, -90.0, 180.0, 90.0), 1, "90.000° S to 90.000° N, 180.000° W to 180.000° E"),
    ],
)
def test_a_place_is_drawn_and_said(bounds: tuple[float, float, float, float], boxes: int, words: str) -> None:
    drawn = outline(bounds)
    assert (len(drawn.boxes), drawn.words) == (boxes, words)
    assert all(-5 <= box.x <= 360 and box.width >= 5 and box.height >= 5 for box in drawn.boxes)


def test_a_warning_says_what_to_do() -> None:
    assert "tilegate optimise" in advised("no overviews: low zooms are slow").advice
    assert advised("something new").advice == OTHERWISE


async def test_who_clicks_quickly_uses_up_nothing_of_what_scripts_may_list(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(rate_list=1, rate_read=2, rate_pages=4)
    link = await service.add_link()
    browsing = Browsing(service=service)
    await browsing.sign_in()  # and one page
    for path in (f"/links/{link['id']}", "/items", "/usage"):
        await text_of(browsing, path)
    limits = (await service.ask("limits.get"))["classes"]
    assert [limits[name]["remaining"] for name in ("pages", "list", "read")] == [0, 1, 1]
    refused = await browsing.get("/")
    assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert "More than 4 calls" in await refused.text()
    await service.ask("share.link.list")
    assert (await browsing.get("/usage.csv")).status == 429
