"""The pages of items, keys and usage in a real browser, against the real service and a real OpenID provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.accounts.openid.provider import CLIENT_ID, SECRET, LocalProvider, provider_running
from tests.clients.conftest import Visit, visit_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.conftest import Installation

WIDE = {"viewport": {"width": 1180, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


async def sign_in(visit: Visit, api_key: str) -> None:
    await visit.page.goto(f"{visit.base}/sign-in?next=/items")
    await visit.page.fill("[name=api_key]", api_key)
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_url(f"{visit.base}/items")


async def test_a_profile_is_drawn_while_it_is_edited_and_then_saved(browser: Browser, service: Installation) -> None:
    item = await service.add_item(name="Bahamas")
    visit = await visit_of(browser, service, **WIDE)
    await sign_in(visit, service.api_key)
    await visit.page.click("text=Bahamas")
    shown = visit.page.locator("[data-picture]")
    await visit.page.wait_for_selector("[data-picture][src^='blob:']")
    before = await shown.get_attribute("src")
    await visit.page.select_option("[name=kind]", "raw")
    await visit.page.fill("[name=bands]", "1")
    await visit.page.fill("[name=colormap]", "viridis")
    await visit.page.click("[data-measure=percentiles]")
    await visit.page.wait_for_selector(".range svg path")
    await visit.page.wait_for_selector(f"[data-picture]:not(.is-busy, [src='{before}'])")
    low = await visit.page.input_value("[data-end=from]")
    await visit.page.fill("[name=colormap]", "no-such-colours")
    await visit.page.wait_for_selector("[data-wrong]:has-text('no colormap of this name')")
    await visit.page.fill("[name=colormap]", "viridis")
    await visit.page.wait_for_selector("[data-wrong]:empty", state="attached")
    await visit.page.click("[data-save]")
    await visit.page.wait_for_selector("[data-toast]:has-text('Saved')")
    saved = next(one for one in (await service.ask("item.get", item_id=item["id"]))["profiles"] if one["is_default"])
    assert (saved["kind"], saved["bands"], saved["colormap"]) == ("raw", [1], "viridis")
    assert saved["rescale"][0][0] == float(low)
    assert [error for error in visit.errors if "422" not in error] == []
    assert [url for url in visit.requests if not url.startswith((visit.base, f"blob:{visit.base}"))] == []
    assert (await service.usage())["renders"] == 0


async def test_a_key_is_made_shown_once_and_revoked_by_keyboard(browser: Browser, service: Installation) -> None:
    visit = await visit_of(browser, service, **PHONE)
    await sign_in(visit, service.api_key)
    await visit.page.goto(f"{visit.base}/keys")
    await visit.page.focus("button[data-opens='new-key']")
    await visit.page.keyboard.press("Enter")
    await visit.page.fill("#new-key [name=label]", "harvest")
    await visit.page.focus("#new-key [value='items:read']")
    await visit.page.keyboard.press("Space")
    await visit.page.focus("#new-key [type=submit]")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("#made-key[open]")
    secret = await visit.page.inner_text("[data-answer=api_key]")
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await service.post("item.list", headers)).status == 200
    await visit.page.keyboard.press("Escape")
    row = visit.page.locator("tr", has_text="harvest")
    await row.wait_for()
    assert secret not in await visit.page.content()
    visit.page.on("dialog", lambda dialog: dialog.accept())
    await row.locator("button").focus()
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("tr:has-text('harvest') .is-revoked")
    assert (await service.post("item.list", headers)).status == 401
    assert visit.errors == []


@pytest.fixture
async def provider() -> AsyncIterator[LocalProvider]:
    async with provider_running() as running:
        running.person["email"] = "a@example.org"
        yield running


async def test_a_person_signs_in_through_the_provider_and_out(
    browser: Browser, install: Callable[..., Awaitable[Installation]], provider: LocalProvider, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    settings: dict[str, Any] = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_name": "Example ID"}
    service = await install(**settings, oidc_client_secret_file=tmp_path / "secret")
    visit = await visit_of(browser, service, **WIDE)
    client = service.services.accounts.openid._client  # type: ignore[union-attr]  # its port is known only now
    object.__setattr__(client, "redirect_uri", f"{visit.base}/sign-in/openid/callback")
    provider.redirect_uri = client.redirect_uri
    await visit.page.goto(f"{visit.base}/members")
    await visit.page.click("text=Sign in with Example ID")
    await visit.page.wait_for_url(f"{visit.base}/members")
    assert "a@example.org" in await visit.page.inner_text("table")
    await visit.page.click("text=Sign out")
    await visit.page.wait_for_url("**/sign-in?why=out")
    await visit.page.goto(f"{visit.base}/members")
    assert "/sign-in" in visit.page.url
    assert visit.errors == []
