"""A shared map in a frame of another web site, in a real browser: of the site that its key is for, and of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.clients.conftest import Visit, visit_of
from tests.clients.test_share_page import is_painted, write_hill
from tests.clients.test_sharer_rooms import sign_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from tests.conftest import Installation

FRAMED = "/s/"


class Site:
    """A web site of somebody else's, whose one page is what it is told to be."""

    def __init__(self) -> None:
        app = web.Application()
        app.router.add_get("/", self._page)
        self.server = TestServer(app)
        self.body = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def _page(self, _request: web.Request) -> web.Response:
        head = '<title>News</title><link rel="icon" href="data:,"><style>iframe { height: 400px }</style>'
        text = f"<!doctype html>{head}{self.body}"
        return web.Response(text=text, content_type="text/html")


@pytest.fixture
async def sites() -> AsyncIterator[tuple[Site, Site]]:
    both = Site(), Site()
    for site in both:
        await site.server.start_server()
    yield both
    for site in both:
        await site.server.close()


async def framed(visit: Visit, service: Installation, *, shown_by: Site, made_for: Site, more: str = "") -> str:
    """Open a page whose frame is what a key for a site came with; return the link's token."""
    write_hill(service.root / "dem.tif")
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path="dem.tif")
    link = await service.add_link(item, name="Hill")
    key = await service.ask("share.key.create", link_id=link["id"], label="Web", allowed_origins=[made_for.origin])
    shown_by.body = key["embed_html"].replace(service.settings.base_url, visit.base)
    if more:
        shown_by.body = shown_by.body.replace(key["key"], key["key"] + more)
    await visit.page.goto(f"{shown_by.origin}/")
    return str(link["token"])


async def test_the_frame_is_painted_on_the_site_that_its_key_is_for(
    browser: Browser, service: Installation, sites: tuple[Site, Site]
) -> None:
    visit = await visit_of(browser, service)
    await framed(visit, service, shown_by=sites[0], made_for=sites[0])
    frame = visit.page.frame_locator("iframe")
    await frame.locator(".legends .ramp").wait_for()
    await visit.until(is_painted)
    assert await frame.locator(".legends h2").inner_text() == "dem.tif"
    assert await visit.page.context.cookies() == []
    assert visit.tiles
    assert not any("#" in url or "key=" in url for url in visit.requests if FRAMED in url and "key_id" not in url)
    assert visit.errors == []


async def test_another_site_is_refused_by_the_browser(
    browser: Browser, service: Installation, sites: tuple[Site, Site]
) -> None:
    visit = await visit_of(browser, service)
    await visit.page.route("**/embed?*", lambda route: route.continue_(headers={"accept": "text/html"}))  # no Referer
    await framed(visit, service, shown_by=sites[1], made_for=sites[0])
    await visit.page.wait_for_function("performance.getEntriesByType('resource').length")
    while not any("frame-ancestors" in error for error in visit.errors):
        await visit.page.wait_for_timeout(50)
    assert not any("embed.js" in url for url in visit.requests)
    assert (await service.usage())["renders"] == 0


@pytest.mark.slow
async def test_a_frame_begins_with_the_view_of_its_address(
    browser: Browser, service: Installation, sites: tuple[Site, Site]
) -> None:
    visit = await visit_of(browser, service)
    more = "&view=12.00/46.95/15.03&layers=:hillshade:100"
    await framed(visit, service, shown_by=sites[0], made_for=sites[0], more=more)
    async with visit.page.expect_response(lambda response: "/12/" in response.url or "/13/" in response.url):
        pass
    assert visit.errors == []


@pytest.mark.slow
async def test_an_address_without_its_key_says_so(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    origin = "https://news.example"
    key = await service.ask("share.key.create", link_id=link["id"], label="Web", allowed_origins=[origin])
    await visit.page.goto(key["embed_url"].partition("#")[0].replace(service.settings.base_url, visit.base))
    await visit.page.wait_for_selector("[data-notice]:has-text('its key is missing')")
    assert visit.errors == []


@pytest.mark.slow
async def test_the_page_of_a_link_offers_the_frame(
    browser: Browser, service: Installation, sites: tuple[Site, Site]
) -> None:
    visit, link = await visit_of(browser, service, viewport={"width": 1100, "height": 900}), await service.add_link()
    await sign_in(visit, service.api_key)
    await visit.page.goto(f"{visit.base}/links/{link['id']}")
    await visit.page.fill("[name=label]", "News")
    await visit.page.fill("[name=origins]", sites[0].origin)
    await visit.page.click("[data-new-key] button")
    frame = await visit.page.wait_for_selector("[data-embed-html]:visible")
    sites[0].body = (await frame.inner_text()).replace(service.settings.base_url, visit.base)
    await visit.page.goto(f"{sites[0].origin}/")
    await visit.page.frame_locator("iframe").locator(".legends .classes").wait_for()
    assert visit.errors == []
