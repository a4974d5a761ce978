"""The listing of a folder in a real browser that runs no script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.files.test_files import CONTENT, folder_link
from tests.clients.conftest import visit_of
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.conftest import Installation


async def test_a_folder_is_browsed_loaded_and_added_to_without_scripts(
    browser: Browser, service: Installation, tmp_path: Path
) -> None:
    visit = await visit_of(browser, service, java_script_enabled=False, accept_downloads=True)
    page = visit.page
    link = await folder_link(service, permission="write", name="Maps of the island")
    await page.goto(f"{visit.base}/s/{link['token']}/files")
    async with page.expect_navigation():  # from the form, to which it was sent
        await visit.give(PASSWORD)
    await page.goto(f"{visit.base}/s/{link['token']}/files")
    assert await page.text_content("h1") == "Maps of the island"
    async with page.expect_download() as download:
        await page.click("text=a.bin")
    await (await download.value).save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == CONTENT
    await page.click("text=sub/")
    assert await page.text_content("h1") == "sub"
    (tmp_path / "mine.txt").write_text("mine")
    await page.set_input_files("input[type=file]", tmp_path / "mine.txt")
    await page.click("text=Upload")
    assert "mine.txt" in await page.inner_text("table")
    assert (service.root / "maps" / "sub" / "mine.txt").read_text() == "mine"
    await page.click("text=Maps of the island")
    assert await page.text_content("h1") == "Maps of the island"
    assert visit.errors == []
