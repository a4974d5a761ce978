"""First views over a slow network: 400 kbit/s, each request 400 ms away, as Chromium imitates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.conftest import PATIENCE, visit_of
from tests.clients.looks import PHONE
from tests.clients.test_pages_look import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Browser

    from tests.conftest import Installation

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""Milliseconds, bytes a second."""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
MOST = 10_000
"""Milliseconds until something is seen, on a machine that is busy with other tests; quiet ones take about a second."""


@pytest.mark.slow
async def test_pages_are_seen_soon_over_a_slow_network(
    browser: Browser, service: Installation, record_property: Callable[[str, object], None]
) -> None:
    link = await service.add_link(name="Islands")
    visit = await visit_of(browser, service, **PHONE)
    await sign_in(visit, service)
    session = await visit.page.context.new_cdp_session(visit.page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await session.send("Network.emulateNetworkConditions", SLOW)
    pages = {"links": "/", "link": f"/links/{link['id']}", "usage": "/usage", "share page": f"/s/{link['token']}"}
    for name, path in pages.items():
        await visit.page.goto(f"{visit.base}{path}", timeout=4 * PATIENCE * 1000)
        await visit.page.wait_for_function(PAINTED)
        painted = await visit.page.evaluate(PAINTED)
        record_property(f"{name} is seen after", f"{painted:.0f} ms")
        assert painted < MOST, name
