"""A link without a password, to several things, on the share page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.conftest import visit_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Browser

    from tests.conftest import Installation


@pytest.mark.slow
async def test_a_bundle_without_a_password_opens_by_itself(
    browser: Browser, install: Callable[..., Awaitable[Installation]]
) -> None:
    service = await install(allow_passwordless_links=True)
    picture, shade = await service.add_item(name="Picture"), await service.add_item("shade.tif", name="Shade")
    further = [{"target_type": "item", "target_id": shade["id"]}]
    link = await service.add_link(picture, password=None, targets=further)
    visit = await visit_of(browser, service)
    await visit.open(link["token"])
    await visit.page.wait_for_selector(".layer")
    assert await visit.page.locator(".layer [data-layer-name]").all_inner_texts() == ["Picture", "Shade"]
    assert await visit.page.is_hidden("#lock")
    assert (await service.ask("share.link.get", link_id=link["id"]))["view_count"] == 1
    await visit.page.reload()
    await visit.page.wait_for_selector(".layer")
    assert (await service.ask("share.link.get", link_id=link["id"]))["view_count"] == 1
    assert visit.errors == []

    plain = await visit_of(browser, service, java_script_enabled=False)
    await plain.open(link["token"])
    assert await plain.page.locator("input:visible").count() == 0
    await plain.page.click("#unlock")
    await plain.page.wait_for_selector("article img")
