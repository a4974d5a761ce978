"""Every page in a real browser, in every look: it fits, says no error, and axe finds no serious fault."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.conftest import PATIENCE, Visit, visit_of
from tests.clients.looks import LOOKS, check
from tests.conftest import PASSWORD
from tests.mail.sink import open_sink
from tests.operations.people import mail_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser

    from tests.conftest import Installation

LONG = 3 * PATIENCE * 1000
ROOMS = ("items", "usage", "keys", "members", "webhooks", "audit")
EMPTY = {"links": "/", "items": "/items", "new-link": "/new-link", "webhooks": "/webhooks", "keys": "/keys"}
ANN = "ann@example.org"
pytestmark = pytest.mark.slow


async def furnish(service: Installation) -> dict[str, Any]:
    """Have something of everything; return a link that opens by a password or a code."""
    item = await service.add_item(name="Bahamas, by satellite")
    await service.add_item("float.tif" if (service.root / "float.tif").exists() else "RGB.byte.tif", name="Bahamas")
    await service.add_link(item, name="Old islands", expires_in_hours=1)
    link = await service.add_link(item, name="Islands for the survey", recipients=[ANN], open_with="either")
    for x in range(70, 74):
        tile = {"token": link["token"], "password": PASSWORD, "z": 8, "x": x, "y": 110}
        await service.post("share.tile.render", {}, **tile)
    await service.ask("share.key.create", link_id=link["id"], label="QGIS desk")
    wish = {"kind": "download", "email": "nora@example.org", "name": "Nora", "message": "May I have the file?"}
    await service.post("share.access.request", headers={}, token=link["token"], **wish)
    await service.ask("member.set", project_id=service.account.project_id, email=ANN, role="editor")
    await service.ask("webhook.create", url="https://93.184.215.14/hook", events=["budget.near"], description="Alerts")
    return {"link": link, "item": item}


async def sign_in(visit: Visit, service: Installation) -> None:
    visit.page.set_default_timeout(LONG)
    await visit.page.goto(f"{visit.base}/sign-in")
    await visit.page.fill("[name=api_key]", service.api_key)
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("nav a[aria-current]")


@pytest.mark.parametrize("look", LOOKS)
async def test_pages_of_sharers(browser: Browser, install: Callable[..., Awaitable[Installation]], look: str) -> None:
    async with open_sink() as sink:
        service = await install(**mail_settings(sink))
        visit = await visit_of(browser, service, **LOOKS[look])
        await visit.page.goto(f"{visit.base}/sign-in")
        await check(visit, "sharer-sign-in", look)
        await sign_in(visit, service)
        for name, path in EMPTY.items():
            await visit.page.goto(f"{visit.base}{path}")
            await check(visit, f"empty-{name}", look)
        things = await furnish(service)
        await service.ask("budget.set", organization_id=service.account.organization_id, max_renders=4)
        for name, path in {"links": "/", "link": f"/links/{things['link']['id']}", "new-link": "/new-link"}.items():
            await visit.page.goto(f"{visit.base}{path}")
            await check(visit, f"sharer-{name}", look)
        for name in ROOMS:
            await visit.page.goto(f"{visit.base}/{name}")
            await check(visit, f"page-{name}", look)
        await visit.page.goto(f"{visit.base}/items/{things['item']['id']}", wait_until="networkidle")
        await visit.page.click("[data-measure=percentiles]")
        await visit.page.wait_for_selector(".range svg path")
        await visit.page.wait_for_selector("[data-picture]:not(.is-busy)")
        await visit.page.locator("[data-editor]").evaluate("element => element.scrollIntoView()")
        await check(visit, "page-items-profile", look)
        assert visit.errors == []


@pytest.mark.parametrize("look", LOOKS)
async def test_pages_of_recipients(
    browser: Browser, install: Callable[..., Awaitable[Installation]], look: str
) -> None:
    async with open_sink() as sink:
        service = await install(**mail_settings(sink))
        link = (await furnish(service))["link"]
        by_code = await service.add_link(open_with="code", password=None, recipients=[ANN])
        visit = await visit_of(browser, service, **LOOKS[look])
        visit.page.set_default_timeout(LONG)
        await visit.open(by_code["token"])
        await check(visit, "share-code", look)
        await visit.page.fill("#code-email", ANN)
        await visit.page.keyboard.press("Enter")
        await visit.page.wait_for_selector("#code >> visible=true")
        await check(visit, "share-code-sent", look)
        await visit.page.fill("#code", "000000")
        await visit.page.keyboard.press("Enter")
        await visit.page.wait_for_selector("#code-error:not(:empty)")
        await visit.open(link["token"])
        await check(visit, "share-either", look)
        async with visit.page.expect_response(re.compile(r"\.png")):
            await visit.give(PASSWORD)
        await visit.page.wait_for_selector("[data-measure]")
        await check(visit, "share-map", look)
        if look != "phone":
            await visit.page.click("text=Ask the owner for more")
            await visit.page.locator(".viewer .ask [type=submit]").scroll_into_view_if_needed()
            await check(visit, "share-ask", look)
        await visit.page.click("[data-measure]")
        await visit.page.wait_for_selector("[data-kind]")
        await check(visit, "share-measure", look)
        key = await service.ask("share.key.create", link_id=link["id"], label="Web", allowed_origins=[visit.base])
        await visit.page.goto("about:blank")
        async with visit.page.expect_response(re.compile(r"\.png")):
            await visit.page.goto(key["embed_url"].replace(service.settings.base_url, visit.base))
        await check(visit, "share-embed", look)
        assert [error for error in visit.errors if "401" not in error] == []
