"""Pages and the map without a mouse: every control is reached, is seen to be reached, and works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.conftest import PATIENCE, Visit, visit_of
from tests.clients.looks import WIDE
from tests.clients.test_map_tools import see
from tests.clients.test_pages_look import sign_in

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.conftest import Installation

pytestmark = pytest.mark.slow
NUMBER = """() => {
  const controls = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const groups = new Set();
  const wanted = [...document.querySelectorAll(controls)].filter((one) => {
    if (one.disabled || one.tabIndex < 0 || one.type === "hidden" || !one.checkVisibility()) return false;
    if (one.type !== "radio") return true;
    if (groups.has(one.name)) return false;
    groups.add(one.name);
    return true;
  });
  wanted.forEach((one, number) => (one.dataset.number = one.type === "radio" ? one.name : number));
  document.querySelectorAll("input[type=radio]").forEach((one) => (one.dataset.number = one.name));
  return wanted.map((one) => [one.dataset.number, one.outerHTML.slice(0, 120)]);
}"""
REACHED = """() => {
  const one = document.activeElement;
  const shows = (each) => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
  };
  return [one.dataset.number ?? "", shows(one) || shows(one.closest("label") ?? one), one.outerHTML.slice(0, 120)];
}"""


async def tab_through(page: Page) -> None:
    """Press Tab until all controls were reached; raise AssertionError where one is not, or focus is not seen."""
    wanted = dict(await page.evaluate(NUMBER))
    unseen = []
    for _ in range(2 * len(wanted) + 5):
        if not wanted:
            break
        await page.keyboard.press("Tab")
        number, is_seen, html = await page.evaluate(REACHED)
        if wanted.pop(number, None) and not is_seen:
            unseen.append(html)
    assert list(wanted.values()) == [], "not reached"
    assert unseen == [], "focus is not seen"


async def test_links_are_managed_by_keyboard(browser: Browser, service: Installation) -> None:
    link = await service.add_link(name="Islands")
    visit = await visit_of(browser, service, **WIDE)
    await sign_in(visit, service)
    page = visit.page
    await page.focus("summary")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-act=revoke]")
    await tab_through(page)
    await page.focus("[data-act=revoke]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#revoke[open]")
    assert await page.evaluate("document.querySelector('#revoke').contains(document.activeElement)")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#revoke", state="hidden")
    assert await page.evaluate("document.activeElement.dataset.act") == "revoke", "focus is back where it was"
    await page.keyboard.press("Enter")
    await page.focus("#revoke [name=reason]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("tbody .is-revoked")
    assert (await service.ask("share.link.get", link_id=link["id"]))["status"] == "revoked"
    for path in (f"/links/{link['id']}", "/new-link", "/items", "/keys"):
        await page.goto(f"{visit.base}{path}", wait_until="networkidle")
        await tab_through(page)
    assert visit.errors == []


async def test_errors_are_said_where_they_are_heard(visit: Visit, service: Installation) -> None:
    await visit.page.goto(f"{visit.base}/sign-in")
    await visit.page.fill("[name=api_key]", "tg_wrong")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("[role=alert]:not(:empty)")
    assert await visit.page.get_attribute("[name=api_key]", "aria-describedby") == "sign-in-error"
    await sign_in(visit, service)
    await visit.page.goto(f"{visit.base}/keys")
    await visit.page.keyboard.press("Tab")
    await visit.page.click("[data-opens=new-key]")
    await visit.page.fill("#new-key [name=label]", "past")
    await visit.page.fill("#new-key [name=expires_at]", "2020-01-01T00:00")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("#new-key [role=alert]:not(:empty)")


async def test_the_map_and_its_tools_are_used_by_keyboard(browser: Browser, service: Installation) -> None:
    visit = await visit_of(browser, service)
    await see(visit, (await service.add_link())["token"])
    page = visit.page
    await tab_through(page)
    await page.focus("input[value=rgb]")
    async with page.expect_response(lambda response: "profile=gray" in response.url, timeout=3 * PATIENCE * 1000):
        await page.keyboard.press("ArrowDown")
    await page.focus("[data-opacity]")
    await page.keyboard.press("ArrowLeft")
    assert await page.inner_text("[data-opacity-value]") == "95 %"
    for tool, shown in (("measure", "[data-kind]"), ("compare", "[data-bar]")):
        await page.focus(f"[data-{tool}]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(shown)
        await page.keyboard.press("Escape")
        await page.wait_for_selector(shown, state="detached")
        assert await page.evaluate("document.activeElement.title.length > 0"), "focus is back at the tool"
    assert visit.errors == []
