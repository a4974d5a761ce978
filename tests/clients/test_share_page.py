"""The share page in a real browser, against the real service."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from playwright.async_api import Error as PlaywrightError
from rasterio import Affine

from tests.clients.conftest import PATIENCE, Visit, visit_of
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.async_api import Browser

    from tests.conftest import Installation

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


def is_painted(picture: NDArray[np.int16]) -> bool:
    """The ground and the lines on it have a handful of colours."""
    return len(np.unique(picture.reshape(-1, 3), axis=0)) > 500


def is_contrasty(picture: NDArray[np.int16]) -> bool:
    return bool(np.ptp(picture) > 100)


def is_gray(picture: NDArray[np.int16]) -> bool:
    return bool(np.ptp(picture, axis=2).mean() < 1) and is_contrasty(picture)


async def test_the_right_password_shows_painted_tiles_and_loads_nothing_from_elsewhere(
    visit: Visit, service: Installation
) -> None:
    link = await service.add_link(name="Bahamas from above")
    await visit.unlock(link["token"])
    await visit.until(is_painted)
    assert await visit.page.text_content(".panel h1") == "Bahamas from above"
    assert "Expires in 23 hours" in await visit.page.inner_text(".panel")
    assert visit.tiles
    assert (await service.usage())["renders"] >= len(visit.tiles)
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith((visit.base, f"blob:{visit.base}"))] == []
    assert not any(PASSWORD.replace(" ", space) in url for url in visit.requests for space in ("+", "%20"))


async def test_a_wrong_password_is_refused_under_the_field(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.unlock(link["token"], "not the password")
    await visit.page.wait_for_selector("#password-error:has-text('The password is wrong.')")
    assert await visit.page.get_attribute("#password", "aria-invalid") == "true"
    await visit.page.fill("#password", "again")
    assert await visit.page.text_content("#password-error") == ""
    await visit.give(PASSWORD)
    await visit.page.wait_for_selector(".viewer")


async def test_a_browser_is_not_asked_to_pop_up_a_dialog(service: Installation) -> None:
    link = await service.add_link()
    path, headers = f"/s/{link['token']}/unlock", {"X-Requested-With": "fetch"}  # all that is sent without TLS
    response = await service.client.post(path, json={"password": "not the password"}, headers=headers)
    assert response.status == 401
    assert "WWW-Authenticate" not in response.headers


@pytest.mark.slow
async def test_a_password_can_be_looked_at_while_typing(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.open(link["token"])
    await visit.page.wait_for_selector("#password:focus")
    await visit.page.click("#reveal")
    assert await visit.page.get_attribute("#password", "type") == "text"
    assert await visit.page.get_attribute("#password", "autocomplete") == "current-password"


@pytest.mark.slow
async def test_too_many_guesses_are_counted_down(
    browser: Browser, install: Callable[..., Awaitable[Installation]]
) -> None:
    service = await install(guesses_per_client=1)
    link = await service.add_link()
    visit = await visit_of(browser, service)
    await visit.unlock(link["token"], "first guess")
    await visit.page.wait_for_selector("#password-error:has-text('The password is wrong.')")
    await visit.give("second guess")
    await visit.page.wait_for_selector("#unlock:has-text('Open in')")
    assert await visit.page.text_content("#password-error")
    assert await visit.page.is_disabled("#unlock")


async def test_the_form_tells_nothing_of_the_link(visit: Visit, service: Installation) -> None:
    item = await service.add_item(name="Secret survey", description="Where the gold is")
    link = await service.add_link(item, name="For the miners", description="Dig here")
    await visit.open(link["token"])
    told = await visit.page.content()
    for secret in ("Secret", "gold", "miners", "Dig", "RGB", item["id"], link["id"]):
        assert secret not in told
    assert await visit.page.title() == "Protected link · Tilegate"
    assert visit.errors == []


@pytest.mark.slow
async def test_the_panel_changes_profile_and_opacity(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.unlock(link["token"])
    await visit.until(is_painted)
    await visit.page.check("input[value=gray]")
    await visit.until(is_gray)
    assert any("profile=gray" in url for url in visit.tiles)
    await visit.page.fill("[data-opacity]", "0")
    await visit.until(lambda picture: not is_contrasty(picture))


@pytest.mark.slow
async def test_the_cookie_keeps_a_reloaded_page_open(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector(".viewer")
    await visit.page.reload()
    await visit.until(is_painted)
    assert await visit.page.is_hidden("#lock")
    assert (await service.usage())["views"] == 1
    assert await visit.page.evaluate("document.cookie") == ""


async def zoom_in(visit: Visit) -> None:
    """Have the page ask for tiles. One that was still loading some may have noticed, and left the map, by itself."""
    with suppress(PlaywrightError):
        await visit.page.click(".maplibregl-ctrl-zoom-in", timeout=3000)


async def test_a_link_revoked_meanwhile_says_so(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.see_a_tile(link["token"])
    await service.ask("share.link.revoke", link_id=link["id"])
    await zoom_in(visit)
    await visit.page.wait_for_selector("h1:has-text('This link was withdrawn')")
    assert await visit.page.locator(".viewer").count() == 0


@pytest.mark.slow
async def test_a_new_password_locks_the_open_page(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.see_a_tile(link["token"])
    await service.ask("share.link.update", link_id=link["id"], password="another password")
    await zoom_in(visit)
    await visit.page.wait_for_selector("#password-error:has-text('Enter the password again.')")
    await visit.give("another password")
    await visit.page.wait_for_selector(".viewer")


async def test_a_link_that_has_ended_is_a_page_with_its_status(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await service.ask("share.link.revoke", link_id=link["id"])
    answer = await visit.open(link["token"])
    assert answer is not None
    assert answer.status == 410
    assert "This link was withdrawn" in await visit.page.inner_text("main")
    unknown = await visit.open("A" * 44)
    assert unknown is not None
    assert unknown.status == 404


@pytest.mark.slow
async def test_a_cap_that_is_reached_is_told_over_the_map(visit: Visit, service: Installation) -> None:
    link = await service.add_link(max_renders=1)
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector("[data-notice]:visible")
    assert await visit.page.is_visible(".viewer")


@pytest.mark.slow
async def test_descriptions_are_markdown_without_scripts_and_pictures(visit: Visit, service: Installation) -> None:
    text = "**Bold** <script>alert(1)</script> ![](https://elsewhere.example/x.png) [a](javascript:alert(1)) [b](https://b.example)"
    link = await service.add_link(description=text)
    await visit.unlock(link["token"])
    prose = visit.page.locator(".prose")
    assert await prose.locator("strong").inner_text() == "Bold"
    assert await prose.locator("script, img").count() == 0
    links = await prose.locator("a").evaluate_all("links => links.map((link) => [link.href, link.rel, link.target])")
    assert ["https://b.example/", "noopener noreferrer nofollow", "_blank"] in links
    assert not any("javascript" in link[0] for link in links)
    assert visit.errors == []


@pytest.mark.slow
async def test_heights_can_be_raised(visit: Visit, service: Installation) -> None:
    write_hill(service.root / "dem.tif")
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path="dem.tif")
    link = await service.add_link(item)
    await visit.see_a_tile(link["token"])
    assert await visit.page.locator("input[value=terrain-rgb]").count() == 0
    await visit.page.wait_for_selector(".panel .ramp")
    low, high = await visit.page.locator(".panel .ends span").all_inner_texts()
    assert float(low) < 450 < float(high)
    await visit.page.mouse.click(530, 230)
    value = await visit.page.locator(".values td").inner_text()
    assert 700 < float(value) < 901
    async with visit.page.expect_response(re.compile(r"\.png\?profile=terrain-rgb")) as answered:
        await visit.page.check("[data-terrain]")
    assert (await answered.value).status == 200
    assert visit.errors == []


@pytest.mark.slow
async def test_the_snippets_hold_a_key_and_gdal_opens_its_own(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.unlock(link["token"])
    await visit.page.click("summary:has-text('GDAL')")
    texts = await visit.page.locator("details code").all_text_contents()
    assert len(texts) == 7
    assert await visit.page.get_attribute("[data-file]:not([hidden]) a", "href") is not None
    assert all("key=" in text and PASSWORD not in text for text in texts)
    text = await visit.page.locator("details[open] code").inner_text()
    description = text.replace(service.settings.base_url, visit.base)

    def read() -> NDArray[np.uint8]:
        with rasterio.open(description) as dataset:
            west, south, east, north = rasterio.warp.transform_bounds("EPSG:4326", dataset.crs, -78, 24, -77.5, 24.5)
            return dataset.read(window=dataset.window(west, south, east, north), out_shape=(4, 64, 64))

    pixels = await asyncio.to_thread(read)
    assert np.ptp(pixels[:3]) > 50


@pytest.mark.slow
async def test_a_text_is_there_to_be_read(visit: Visit, service: Installation) -> None:
    (service.root / "notes.md").write_text("# Notes")
    item = await service.ask(
        "item.create", project_id=service.account.project_id, root="files", path="notes.md", name="Field notes"
    )
    link = await service.add_link(item, description="From *May*")
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector("article h1:has-text('Field notes')")
    assert await visit.page.inner_text("article [data-description]") == "From May"
    assert await visit.page.inner_text("article .reading h1") == "Notes"
    assert visit.errors == []


@pytest.mark.slow
async def test_on_a_phone_the_panel_leaves_the_map_free(browser: Browser, service: Installation) -> None:
    link = await service.add_link()
    visit = await visit_of(browser, service, **PHONE)
    await visit.see_a_tile(link["token"])
    assert "@2x.png" in visit.tiles[0]
    toggle = visit.page.locator("[data-toggle]")
    assert await toggle.get_attribute("aria-expanded") == "false"
    await toggle.click()
    assert await visit.page.is_visible("text=Shown as")


async def test_the_form_works_without_scripts(browser: Browser, service: Installation) -> None:
    link = await service.add_link()
    visit = await visit_of(browser, service, java_script_enabled=False)
    await visit.unlock(link["token"], "not the password")
    await visit.page.wait_for_selector("text=The password is wrong.")
    await visit.give(PASSWORD)
    await visit.page.wait_for_url(re.compile(link["token"] + "$"))
    assert [cookie["name"] for cookie in await visit.page.context.cookies()] == ["tilegate_key"]
    picture = visit.page.locator("article img")
    assert await visit.page.is_hidden("#lock")
    async with asyncio.timeout(PATIENCE):
        while not await picture.evaluate("image => image.naturalWidth"):  # noqa: ASYNC110  (no script runs that could tell)
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_the_docs_show_every_operation(visit: Visit, service: Installation) -> None:
    index = await (await service.client.get("/v1/op")).json()
    await visit.page.goto(f"{visit.base}/docs")
    shown = await visit.page.locator("main article h3 a").all_text_contents()
    assert sorted(shown) == sorted(operation["id"] for operation in index["operations"])
    dangling = await visit.page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => !document.getElementById(a.hash.slice(1)))"
        ".map((a) => a.hash)"
    )
    assert dangling == []
    assert visit.errors == []


def write_hill(path: Path, crs: str = "EPSG:32633", corner: tuple[float, float] = (500_000, 5_200_000)) -> None:
    """Write a hill of 900 m, in metres, below and right of a corner."""
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    heights = (900 * np.exp(-3 * (x * x + y * y))).astype("float32")
    profile = {"driver": "GTiff", "width": 256, "height": 256, "count": 1, "dtype": "float32", "crs": crs}
    with rasterio.open(path, "w", transform=Affine(30, 0, corner[0], 0, -30, corner[1]), **profile) as dataset:
        dataset.write(heights, 1)
