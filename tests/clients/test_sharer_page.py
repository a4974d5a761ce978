"""The sharer's page in a real browser, against the real service: a newcomer's walk, and what axe finds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.clients.conftest import Visit, visit_of
from tests.clients.looks import WIDE, check
from tests.clients.test_map_tools import WGS84, places, result
from tests.clients.test_share_page import is_painted
from tests.conftest import DATA
from tests.mail.sink import open_sink
from tests.operations.people import mail_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser, Page

    from tests.conftest import Installation
    from tests.mail.sink import Sink

ANN = "ann@example.com"
LONG = 60_000
"""Milliseconds that a step may take on a busy machine."""


async def sign_in(page: Page, service: Installation) -> None:
    base = f"http://127.0.0.1:{service.client.port}"
    page.set_default_timeout(LONG)
    await page.goto(f"{base}/")
    await page.fill("[name=api_key]", service.api_key)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("nav a[aria-current]")


@pytest.mark.slow
async def test_a_newcomer_drops_a_raster_shares_it_answers_and_revokes(
    browser: Browser, install: Callable[..., Awaitable[Installation]]
) -> None:
    async with open_sink() as sink:
        service = await install(**mail_settings(sink))
        visit, other = await visit_of(browser, service), await visit_of(browser, service)
        link_id, token = await share_by_code(visit.page, service)
        await open_by_code(other, token, sink)
        await measure(other)
        file = f"{other.base}/s/{token}/files/RGB.byte.tif"
        assert (await other.page.request.get(file)).status == 403
        await ask_to_download(other.page)
        await answer_and_look_at_uses(visit.page, link_id)
        await load_the_file(other.page, file)
        await visit.page.click("[data-act=revoke]")
        async with visit.page.expect_navigation():
            await visit.page.click("#revoke [type=submit]")
        await visit.page.wait_for_selector("h1 .status.is-revoked")
        await other.page.check("input[value=gray]")
        await other.page.wait_for_selector("text=This link was withdrawn", timeout=LONG)
        assert visit.errors == []
        assert [error for error in other.errors if "410" not in error] == []


async def share_by_code(page: Page, service: Installation) -> tuple[str, str]:
    """Sign in, drop a GeoTIFF, and share it with somebody by codes; return the link's id and token."""
    await sign_in(page, service)
    await page.click("text=Make the first link")
    await page.set_input_files("[data-file]", DATA / "RGB.byte.tif")
    await page.wait_for_selector("[data-upload-state]:has-text('is stored and chosen')")
    await page.wait_for_selector("[data-cost]:has-text('renders at most')")
    await page.fill("[name=name]", "Bahamas")
    await page.select_option("[name=open_with]", "code")
    await page.wait_for_selector("[name=password]", state="hidden")
    await page.fill("[name=recipients]", ANN)
    await page.click("text=Make the link")
    address = str(await page.text_content("[data-made-url] >> visible=true"))
    await page.wait_for_selector("[data-made-password]", state="hidden")
    await page.click("[data-made-page]")
    await page.wait_for_selector("#requests")
    return page.url.rpartition("/")[2], address.rpartition("/")[2]


async def open_by_code(other: Visit, token: str, sink: Sink) -> None:
    """Open a link by the code that is in a letter, and look at the map."""
    other.page.set_default_timeout(LONG)
    await other.open(token)
    await other.page.fill("#code-email", ANN)
    await other.page.keyboard.press("Enter")
    await other.page.wait_for_selector("#code >> visible=true")
    (letter,) = await sink.wait_for(1)
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (code,) = re.findall(r"^(\d{6})\r?$", text, re.MULTILINE)
    await other.page.fill("#code", code)
    await other.page.keyboard.press("Enter")
    await other.until(is_painted)


async def measure(other: Visit) -> None:
    """Measure a line on the map: it is as long as on the ellipsoid."""
    await other.page.click("[data-measure]")
    await other.page.select_option("[data-units]", "metric")
    points = await places(other, (460, 150), (640, 300))
    long, unit = (await result(other)).split()
    assert unit == "km"
    assert float(long) == pytest.approx(WGS84.line_length(*zip(*points, strict=True)) / 1000, rel=0.02)
    await other.page.keyboard.press("Escape")


async def ask_to_download(page: Page) -> None:
    """Ask the owner from the open map."""
    await page.click("text=Ask the owner for more")
    await page.select_option(".viewer [name=kind]", "download")
    await page.fill(".viewer [name=email]", ANN)
    await page.fill(".viewer [name=name]", "Ann Somebody")
    await page.click(".viewer .ask [type=submit]")
    await page.wait_for_selector(".viewer [data-said]:not(:empty)")


async def answer_and_look_at_uses(page: Page, link_id: str) -> None:
    """Grant what was asked for on the link's page, whose chart has the map that was painted."""
    await page.click("nav >> text=Links")
    await page.click("text=Ann Somebody")
    await page.wait_for_url(f"**/links/{link_id}#requests")
    async with page.expect_navigation():
        await page.click("#requests button[value=grant]")
    await page.wait_for_selector("#requests >> text=Nobody waits")
    label = str(await page.get_attribute(".chart", "aria-label"))
    assert not label.startswith("0 renders")
    assert await page.locator(".chart rect[height]:not([height='0'])").count() == 1


async def load_the_file(page: Page, address: str) -> None:
    """Load the page again, and the file from it."""
    await page.reload()
    await page.click("[data-document-list] button")
    async with page.expect_download() as started:
        await page.click(".sheet [data-download]")
    saved = await (await started.value).path()
    assert saved.read_bytes() == (DATA / "RGB.byte.tif").read_bytes()
    await page.click(".sheet [data-close]")
    assert await (await page.request.get(address)).body() == (DATA / "RGB.byte.tif").read_bytes()


async def test_axe_finds_no_serious_fault_in_the_pages_of_links(browser: Browser, service: Installation) -> None:
    visit = await visit_of(browser, service, **WIDE)
    link = await service.add_link(name="Bahamas")
    await visit.page.goto(f"{visit.base}/sign-in")
    await check(visit, "sharer-sign-in", "light")
    await sign_in(visit.page, service)
    for name, path in {"links": "/", "link": f"/links/{link['id']}", "new-link": "/new-link"}.items():
        await visit.page.goto(f"{visit.base}{path}")
        await check(visit, f"sharer-{name}", "light")
    assert visit.errors == []
