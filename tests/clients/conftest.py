"""A real browser, and a watch on what a page does in it."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.async_api import async_playwright

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response

    from tests.conftest import Installation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--headless=new",
    "--use-gl=angle",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # what is no WebGL is drawn faster without what would have to be imitated
    "--disable-gpu-rasterization",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE = 30.0  # seconds
DESKTOP = {"width": 760, "height": 460}  # small: it is drawn without a graphics card


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The debugging address of a Chromium that all tests share; they are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    folder = tmp_path_factory.mktemp("chromium")
    command = ["nice", CHROMIUM, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{port_of(folder / 'DevToolsActivePort')}"
        process.terminate()


def port_of(file: Path) -> int:
    """The port that Chromium writes down, once it listens."""
    deadline = time.monotonic() + 3 * PATIENCE
    while not file.exists() or "\n" not in file.read_text():
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.05)
    return int(file.read_text().split("\n")[0])


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Chromium, without anything that another test left in it."""
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(chromium)
        yield connected
        for context in connected.contexts[1:]:
            await context.close()


@dataclass(kw_only=True)
class Visit:
    """A page in a browser, and all that it said and loaded."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    """Errors in the console, violations of the Content-Security-Policy among them."""
    requests: list[str] = field(default_factory=list)
    tiles: list[str] = field(default_factory=list)
    """Addresses of the tiles that were answered with 200."""

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    async def open(self, token: str) -> Response | None:
        return await self.page.goto(f"{self.base}/s/{token}")

    async def unlock(self, token: str, password: str = PASSWORD) -> None:
        await self.open(token)
        await self.give(password)

    async def give(self, password: str) -> None:
        await self.page.fill("#password", password)
        await self.page.keyboard.press("Enter")

    async def see_a_tile(self, token: str) -> None:
        """Unlock a link, and wait for the first of its tiles."""
        async with self.page.expect_response(re.compile(r"\.png"), timeout=3 * PATIENCE * 1000):
            await self.unlock(token)

    async def picture(self) -> NDArray[np.int16]:
        """The middle of what the panel leaves of the map, shape (80, 80, 3)."""
        clip = {"x": 490, "y": 190, "width": 80, "height": 80}
        image = Image.open(io.BytesIO(await self.page.screenshot(clip=clip))).convert("RGB")
        return np.asarray(image, dtype=np.int16)

    async def until(self, condition: Callable[[NDArray[np.int16]], bool]) -> NDArray[np.int16]:
        """The picture, as soon as it looks right."""
        async with asyncio.timeout(PATIENCE):
            while not condition(shown := await self.picture()):  # noqa: ASYNC110  (a picture tells nobody that it changed)
                await asyncio.sleep(0.1)
        return shown

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_response(self, response: Response) -> None:
        if ".png" in response.url and response.status == 200:
            self.tiles.append(response.url)


@pytest.fixture
async def visit(browser: Browser, service: Installation) -> Visit:
    """A page at the service with the default settings."""
    return await visit_of(browser, service)


async def visit_of(browser: Browser, service: Installation, **options: object) -> Visit:
    context = await browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})  # type: ignore[arg-type]
    return Visit(page=await context.new_page(), base=f"http://127.0.0.1:{service.client.port}")
