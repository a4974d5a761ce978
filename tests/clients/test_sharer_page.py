"""The sharer's page in a real browser, against the real service: a newcomer's walk, and what axe finds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.clients.conftest import Visit, visit_of
from tests.clients.test_share_page import is_painted
from tests.conftest import DATA

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.conftest import Installation

LONG = 60_000
"""Milliseconds that a step may take on a busy machine."""
SERIOUS = {"serious", "critical"}
SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of each page; none are taken without it."""
FIRST_VIEW = 150_000
"""Bytes of the page and all that it loads, before it is compressed."""


async def sign_in(page: Page, service: Installation) -> None:
    base = f"http://127.0.0.1:{service.client.port}"
    page.set_default_timeout(LONG)
    await page.goto(f"{base}/")
    await page.fill("[name=api_key]", service.api_key)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("nav a[aria-current]")


async def test_a_newcomer_drops_a_raster_shares_it_answers_and_revokes(
    visit: Visit, browser: Browser, service: Installation
) -> None:
    page = visit.page
    await sign_in(page, service)
    await page.click("text=New link")
    await page.set_input_files("[data-file]", DATA / "RGB.byte.tif")
    await page.wait_for_selector("[data-upload-state]:has-text('is stored and chosen')")
    await page.wait_for_selector("[data-cost]:has-text('renders at most')")
    await page.fill("[name=name]", "Bahamas")
    await page.click("text=Make the link")
    address, password = [
        str(await page.text_content(place)) for place in ("[data-made-url] >> visible=true", "[data-made-password]")
    ]
    token = address.rpartition("/")[2]
    assert password not in await page.evaluate("location.href")

    other = await visit_of(browser, service)
    await other.unlock(token, password)
    await other.until(is_painted)
    asked = {"token": token, "kind": "download", "email": "new@example.org", "name": "Somebody new"}
    response = await other.page.request.post(f"{other.base}/v1/op/share.access.request", data=asked)
    assert response.ok
    file = f"{other.base}/s/{token}/files/RGB.byte.tif"
    assert (await other.page.request.get(file)).status == 403

    await page.click("[data-made-page]")
    await page.wait_for_selector("#requests >> text=Somebody new")
    async with page.expect_navigation():
        await page.click("#requests button[value=grant]")
    await page.wait_for_selector("#requests >> text=Nobody waits")
    loaded = await other.page.request.get(file)
    assert await loaded.body() == (DATA / "RGB.byte.tif").read_bytes()

    await page.reload()
    label = await page.get_attribute(".chart", "aria-label")
    assert label is not None
    assert not label.startswith("0 renders")
    assert await page.locator(".chart rect[height]:not([height='0'])").count() == 1
    await page.click("[data-act=revoke]")
    async with page.expect_navigation():
        await page.click("#revoke [type=submit]")
    await page.wait_for_selector("h1 .status.is-revoked")
    await other.open(token)
    await other.page.wait_for_selector("text=This link was withdrawn")
    assert visit.errors == []


@pytest.mark.parametrize(
    "scheme",
    ["light", pytest.param("dark", marks=pytest.mark.slow), pytest.param("phone", marks=pytest.mark.slow)],
)
async def test_axe_finds_no_serious_fault(browser: Browser, service: Installation, scheme: str) -> None:
    size = {"width": 390, "height": 844} if scheme == "phone" else {"width": 1200, "height": 800}
    visit = await visit_of(browser, service, viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    link = await service.add_link(name="Bahamas", recipients=["r@example.org"])
    await service.ask("share.key.create", link_id=link["id"], label="QGIS desk")
    await service.post(
        "share.access.request", headers={}, token=link["token"], kind="download", email="n@example.org", name="Nora"
    )
    await visit.page.goto(f"{visit.base}/sign-in")
    await check(visit, "sign-in", scheme)
    await sign_in(visit.page, service)
    for name, path in {"links": "/", "link": f"/links/{link['id']}", "new-link": "/new-link"}.items():
        sizes: list[int] = []
        visit.page.on(
            "response", lambda response, sizes=sizes: sizes.append(int(response.headers.get("content-length", 0)))
        )
        await visit.page.goto(f"{visit.base}{path}")
        await check(visit, name, scheme)
        assert sum(sizes) < FIRST_VIEW
    assert visit.errors == []


async def check(visit: Visit, name: str, scheme: str) -> None:
    await visit.page.wait_for_load_state("networkidle", timeout=LONG)
    if SHOTS:
        await visit.page.screenshot(path=Path(SHOTS) / f"sharer-{name}-{scheme}.png", full_page=scheme != "phone")
    found = (await Axe().run(visit.page)).response["violations"]
    serious = [
        (fault["id"], node["html"][:200]) for fault in found if fault["impact"] in SERIOUS for node in fault["nodes"]
    ]
    assert serious == []
    width = await visit.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{name} is too wide by {width} pixels"
