"""Maps, texts and pictures on the share page, in a real browser, against the real service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.clients.conftest import PATIENCE, Visit, visit_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

    from tests.conftest import Installation

NOTE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [-77.5, 24.5]},
    "properties": {"label": "The <b>reef</b>", "note": "*Deep* <script>alert(1)</script>"},
}


async def add(service: Installation, **fields: Any) -> Any:
    return await service.ask("item.create", project_id=service.account.project_id, **fields)


async def until_loaded(image: Locator, width: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await image.evaluate("image => image.naturalWidth") != width:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.05)


async def test_a_saved_map_shows_its_layers_its_camera_and_its_notes(visit: Visit, service: Installation) -> None:
    raster = await service.add_item()
    layers = [{"item_id": raster["id"], "profile": "gray", "name": "Gray"}, {"item_id": raster["id"], "visible": False}]
    camera = {"center": [-77.5, 24.5], "zoom": 6, "bearing": 30}
    saved = await add(service, name="Reefs", content={"layers": layers, "camera": camera, "annotations": NOTE})
    link = await service.add_link(saved)
    await visit.see_a_tile(link["token"])
    assert "profile=gray" in visit.tiles[0]
    assert f"item={raster['id']}" in visit.tiles[0]
    rows = visit.page.locator(".layer")
    assert await rows.locator("[data-layer-name]").all_inner_texts() == ["Gray", "RGB.byte.tif"]
    assert [await row.locator("[data-shown]").is_checked() for row in await rows.all()] == [True, False]
    needle = visit.page.locator(".maplibregl-ctrl-compass .maplibregl-ctrl-icon")
    assert "(-30deg)" in (await needle.get_attribute("style") or "")
    await visit.page.click(".annotation:has-text('The <b>reef</b>')")
    assert await visit.page.inner_text(".maplibregl-popup em") == "Deep"
    async with visit.page.expect_response(lambda answer: ".png" in answer.url and "profile=" not in answer.url):
        await rows.nth(1).locator("[data-shown]").check()
    texts = await visit.page.locator("details code").all_text_contents()
    assert all(f"item={raster['id']}" in text for text in texts)
    assert visit.errors == []


async def test_a_text_follows_its_owner_and_a_picture_can_be_looked_at_closely(
    browser: Browser, service: Installation
) -> None:
    text = await add(service, name="Notes", content={"markdown": "# First"})
    link = await service.add_link(text)
    visit = await visit_of(browser, service)
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector(".reading h1:has-text('First')")
    await service.ask("item.update", item_id=text["id"], content={"markdown": "# Second"})
    await visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await visit.page.wait_for_selector(".reading h1:has-text('Second')")
    assert visit.errors == []

    Image.linear_gradient("L").resize((2000, 1000)).convert("RGB").save(service.root / "photo.jpg")
    link = await service.add_link(await add(service, root="files", path="photo.jpg"))
    await visit.unlock(link["token"])
    image = visit.page.locator(".picture img")
    await until_loaded(image, 1600)
    fitted = (await image.bounding_box() or {})["width"]
    await image.click()
    await until_loaded(image, 2000)
    assert (await image.bounding_box() or {})["width"] == 2000
    await visit.page.keyboard.press("Tab")
    await visit.page.click("[data-zoom-fit]")
    assert (await image.bounding_box() or {})["width"] == fitted
    assert (await service.usage())["renders"] == 2
    assert visit.errors == []


@pytest.mark.slow
async def test_a_folder_can_be_looked_through_and_added_to(visit: Visit, service: Installation) -> None:
    (service.root / "data" / "2026").mkdir(parents=True)
    (service.root / "data" / "<b>a.csv").write_text("1,2" * 500)
    (service.root / "data" / "2026" / "b.txt").write_text("x")
    folder = await add(service, root="files", path="data", name="Field data")
    link = await service.add_link(folder, target_type="directory", permission="write")
    await visit.unlock(link["token"])
    rows = visit.page.locator("[data-rows] tr")
    await visit.page.wait_for_selector("[data-rows] tr:has-text('<b>a.csv')")
    assert [name.strip() for name in await rows.locator("th").all_inner_texts()] == ["2026", "<b>a.csv"]
    assert await rows.nth(1).locator("[data-file-size]").inner_text() == "1.5 kB"
    async with visit.page.expect_download() as started:
        await rows.nth(1).locator("[data-download]").click()
    assert (await (await started.value).path()).read_text() == "1,2" * 500
    await visit.page.click("button:has-text('2026')")
    await visit.page.wait_for_selector("[data-rows] tr:has-text('b.txt')")
    await visit.page.set_input_files(".upload input", {"name": "c d.txt", "mimeType": "text/plain", "buffer": b"new"})
    await visit.page.wait_for_selector("[data-rows] tr:has-text('c d.txt')")
    assert (service.root / "data" / "2026" / "c d.txt").read_bytes() == b"new"
    await visit.page.set_input_files(".upload input", {"name": "b.txt", "mimeType": "text/plain", "buffer": b"newer"})
    await visit.page.wait_for_selector("text=There is a file of this name already.")
    assert (service.root / "data" / "2026" / "b.txt").read_bytes() == b"x"
    await visit.page.click("[data-replace]:visible")
    await visit.page.wait_for_selector("[data-rows] tr:has-text('b.txt') >> text=5 bytes")
    assert (service.root / "data" / "2026" / "b.txt").read_bytes() == b"newer"
    await visit.page.click(".trail button:has-text('Field data')")
    await visit.page.wait_for_selector("[data-rows] tr:has-text('<b>a.csv')")
    assert [error for error in visit.errors if "412" not in error] == []


@pytest.mark.slow
async def test_who_has_no_password_can_ask_for_it(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await visit.open(link["token"])
    await visit.page.click("summary:has-text('No password')")
    await visit.page.fill("[name=email]", "ada@example.org")
    await visit.page.fill("[name=message]", "May I?")
    await visit.page.click(".ask button[type=submit]")
    await visit.page.wait_for_selector(".ask [data-said]:has-text('Your request was passed on.')")
    listed = (await service.ask("share.access.list"))["requests"]
    assert [(one["kind"], one["email"], one["message"]) for one in listed] == [("access", "ada@example.org", "May I?")]
    assert visit.errors == []


@pytest.mark.slow
async def test_a_bundle_is_a_map_with_documents_beside_it(visit: Visit, service: Installation) -> None:
    raster, other = await service.add_item(), await service.add_item("rgba_uint16.tif", name="Other")
    text = await add(service, name="Notes", content={"markdown": "# Read me"})
    saved = await add(service, name="View", content={"layers": [{"item_id": other["id"], "name": "Of the view"}]})
    (service.root / "data").mkdir()
    (service.root / "data" / "a.csv").write_text("1,2")
    folder = await add(service, root="files", path="data", name="Field data")
    targets = [{"target_type": "item", "target_id": item["id"]} for item in (text, saved)]
    targets.append({"target_type": "directory", "target_id": folder["id"]})
    link = await service.add_link(raster, targets=targets, permission="write")
    await visit.see_a_tile(link["token"])
    names = visit.page.locator(".layer [data-layer-name]")
    assert await names.all_inner_texts() == ["RGB.byte.tif", "Of the view"]
    await visit.page.click("[data-document-list] button:has-text('Notes')")
    await visit.page.wait_for_selector("dialog[open] .reading h1:has-text('Read me')")
    await visit.page.keyboard.press("Escape")
    assert await visit.page.locator("dialog[open]").count() == 0
    await visit.page.click("[data-document-list] button:has-text('All files')")
    assert await visit.page.is_hidden("dialog .upload")
    await visit.page.click("dialog button:has-text('Field data')")
    await visit.page.wait_for_selector("dialog [data-rows] tr:has-text('a.csv')")
    assert await visit.page.is_visible("dialog .upload")
    picked = [url for url in visit.requests if "tilejson.json" in url]
    assert {part for url in picked for part in (raster["id"], other["id"]) if part in url} == {
        raster["id"],
        other["id"],
    }
    assert visit.errors == []


async def test_files_are_sent_into_a_folder_that_is_not_shown(visit: Visit, service: Installation) -> None:
    (service.root / "inbox").mkdir()
    (service.root / "inbox" / "a.csv").write_text("secret")
    folder = await add(service, root="files", path="inbox", name="Inbox")
    fields = {"target_type": "directory", "permission": "drop", "name": "<b>Send us maps", "drop_types": ["csv"]}
    link = await service.add_link(folder, **fields)
    await visit.unlock(link["token"])
    await visit.page.wait_for_selector("h1:has-text('<b>Send us maps')")
    files = [
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"1,2"},
        {"name": "<i>.exe", "mimeType": "text/csv", "buffer": b"MZ"},
        {"name": "b.csv", "mimeType": "text/csv", "buffer": b"x" * 9000},
    ]
    await visit.page.set_input_files("[data-zone] input", files)
    await visit.page.wait_for_selector("[data-uploads] li:has-text('b.csv') >> text=Received", timeout=30_000)
    rows = await visit.page.locator("[data-uploads] li").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [
        "a.csv · 3 bytes Received",
        "<i>.exe · 2 bytes This link takes files of these kinds: .csv.",
        "b.csv · 9 kB Received",
    ]
    assert (service.root / "inbox" / "a.csv").read_text() == "secret"
    assert (service.root / "inbox" / "b.csv").stat().st_size == 9000
    assert len(list((service.root / "inbox").glob("a *.csv"))) == 1
    assert "secret" not in await visit.page.content()
    assert [error for error in visit.errors if "422" not in error] == []
    await visit.page.reload()
    await visit.page.wait_for_selector("h1:has-text('<b>Send us maps')")
    assert await visit.page.locator("[data-uploads] li").count() == 0
