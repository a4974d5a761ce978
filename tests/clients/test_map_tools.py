"""What the share page's map can do in a real browser: measure, compare, be saved, and be found again by its address."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image
from pyproj import Geod

from tests.clients.conftest import PATIENCE, Visit, visit_of
from tests.clients.test_share_page import PHONE, is_gray, is_painted, write_hill
from tests.conftest import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from playwright.async_api import Browser, Route

    from tests.conftest import Installation

WGS84 = Geod(ellps="WGS84")
STATIC = CHECKOUT / "service/page/static"
NODE = shutil.which("node")
ASKED = """
import { area, curve, length } from "./geodesic.mjs";
import { readFileSync } from "node:fs";
const { lines, rings } = JSON.parse(readFileSync(0));
const ends = lines.map((line) => curve(line).at(-1));
console.log(JSON.stringify({ lengths: lines.map(length), areas: rings.map(area), ends }));
"""


@pytest.mark.skipif(NODE is None, reason="no node is installed")
def test_lengths_and_areas_are_those_of_pyproj(tmp_path: Path) -> None:
    drawn = random.Random(7)

    def place(lat: float = 89.9) -> list[float]:
        return [drawn.uniform(-180, 180), drawn.uniform(-lat, lat)]

    def antipode(lng: float, lat: float) -> list[float]:
        return [lng + 180 + drawn.uniform(-1, 1), max(-89.9, min(89.9, -lat + drawn.uniform(-1, 1)))]

    def ring(size: float) -> list[list[float]]:
        lng, lat = place(80)
        angles = np.linspace(0, 2 * np.pi, drawn.randint(4, 9))[:-1]
        return [[lng + size * float(np.cos(each)), lat + size * float(np.sin(each))] for each in angles]

    starts = [place() for _ in range(40)]
    lines = [[each, place()] for each in starts] + [[each, antipode(*each)] for each in starts]
    lines += [[each, [each[0] + 1e-4, each[1] + 1e-5]] for each in starts]
    lines += [[[170, 10], [-170, 10]], [[0, 0], [179, 0]], [[10, 20], [10, 50]], [[10, 20], [10, 20]]]
    rings = [ring(size) for size in (1e-4, 0.01, 1.0, 9.0) for _ in range(12)]
    pole = [[float(lng), 70.0] for lng in range(-180, 180, 60)]
    shutil.copy(STATIC / "geodesic.js", tmp_path / "geodesic.mjs")
    (tmp_path / "ask.mjs").write_text(ASKED)
    given = json.dumps({"lines": lines, "rings": [*rings, pole]})
    told = json.loads(
        subprocess.run(
            [NODE or "", "ask.mjs"], cwd=tmp_path, input=given, capture_output=True, text=True, check=True
        ).stdout
    )
    for line, found in zip(lines, told["lengths"], strict=True):
        assert found == pytest.approx(WGS84.line_length(*zip(*line, strict=True)), abs=1e-6), line
    for each, found in zip([*rings, pole], told["areas"], strict=True):
        expected = abs(WGS84.polygon_area_perimeter(*zip(*each, strict=True))[0])
        assert found == pytest.approx(expected, rel=1e-7, abs=0.001), each
    for line, (lng, lat) in zip(lines, told["ends"], strict=True):
        assert WGS84.inv(lng, lat, *line[1])[2] < 0.01, line


async def see(visit: Visit, token: str) -> None:
    await visit.unlock(token)
    await visit.until(is_painted)
    await visit.page.wait_for_selector("[data-measure]")


async def places(visit: Visit, *points: tuple[int, int]) -> list[tuple[float, float]]:
    """Click points of the map, and return the longitudes and latitudes that the page says are there."""
    said = []
    for x, y in points:
        await visit.page.mouse.move(x, y)
        text = await visit.page.inner_text("[data-coordinates]")
        lat, north, lng, east = re.findall(r"([\d.]+)° ([NSEW])", text)[0] + re.findall(r"([\d.]+)° ([NSEW])", text)[1]
        said.append((float(lng) * (-1 if east == "W" else 1), float(lat) * (-1 if north == "S" else 1)))
        await visit.page.mouse.click(x, y)
    return said


async def result(visit: Visit) -> str:
    await visit.page.wait_for_selector("[data-result]:not(:empty)")
    return await visit.page.inner_text("[data-result]")


async def test_a_line_and_an_area_are_measured(visit: Visit, service: Installation) -> None:
    await see(visit, (await service.add_link())["token"])
    await visit.page.click("[data-measure]")
    await visit.page.wait_for_selector("[data-kind]")
    await visit.page.select_option("[data-units]", "metric")
    points = await places(visit, (460, 150), (640, 150), (640, 300))
    said, unit = (await result(visit)).split()
    assert unit == "km"
    assert float(said.replace(",", "")) == pytest.approx(WGS84.line_length(*zip(*points, strict=True)) / 1000, rel=0.02)
    await visit.page.select_option("[data-kind]", "area")
    said, unit, *around = (await result(visit)).split()
    area = abs(WGS84.polygon_area_perimeter(*zip(*points, strict=True))[0])
    assert (unit, around[:3]) == ("km²", ["·", "around", "it"])
    assert float(said.replace(",", "")) == pytest.approx(area / 1e6, rel=0.03)
    await visit.page.select_option("[data-units]", "imperial")
    assert "mi²" in await result(visit)
    assert await visit.page.locator(".values").count() == 0, "clicks belong to the tool"
    await visit.page.keyboard.press("Escape")
    await visit.page.wait_for_selector("[data-kind]", state="detached")
    assert await visit.page.evaluate("document.activeElement.ariaLabel") == "Measure"
    assert visit.errors == []


@pytest.mark.slow
async def test_measuring_needs_no_mouse(visit: Visit, service: Installation) -> None:
    await see(visit, (await service.add_link())["token"])
    await visit.page.focus("[data-measure]")
    await visit.page.keyboard.press("Enter")
    await visit.page.wait_for_selector("canvas:focus")
    await visit.page.keyboard.press("Enter")
    for _ in range(2):
        await visit.page.keyboard.press("ArrowRight")
        await visit.page.wait_for_function("!document.querySelector('.cross').hidden")
        await visit.page.wait_for_timeout(600)
    await visit.page.keyboard.press("Enter")
    assert re.fullmatch(r"[\d.,]+ (k?m|mi|ft)", await result(visit))
    await visit.page.keyboard.press("Backspace")
    await visit.page.wait_for_selector("[data-result]:empty", state="attached")
    assert visit.errors == []


@pytest.mark.slow
async def test_the_address_restores_view_and_layer_and_holds_no_key(visit: Visit, service: Installation) -> None:
    link = await service.add_link()
    await see(visit, link["token"])
    assert "#" not in visit.page.url
    await visit.page.check("input[value=gray]")
    await visit.page.wait_for_url(re.compile(r"#view=[\d.]+/[-\d.]+/[-\d.]+&layers=:gray:100$"))
    far = visit.page.url
    await visit.page.click(".maplibregl-ctrl-zoom-in")
    await visit.page.wait_for_url(lambda url: url != far)
    before = visit.page.url
    assert "key" not in before
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.page.evaluate("history.replaceState(null, '', `#key=SECRET&${location.hash.slice(1)}`)")
    await visit.page.click("[data-link]")
    await visit.page.wait_for_selector("[data-link][data-copied]")
    assert await visit.page.evaluate("navigator.clipboard.readText()") == before
    await visit.page.click(".maplibregl-ctrl-zoom-in")
    await visit.page.wait_for_url(re.compile(r"#key=SECRET&view="))
    async with visit.page.expect_response(lambda response: ".png" in response.url and "gray" not in response.url):
        await visit.page.evaluate("location.hash = '#view=8.00/24.5/-77.8&layers=:rgb:40'")
    await visit.page.wait_for_selector("input[value=rgb]:checked")
    assert await visit.page.inner_text("[data-fade-row] output") == "40 %"
    await visit.page.goto("about:blank")
    await visit.page.goto(before)
    await visit.page.wait_for_selector("input[value=gray]:checked")
    async with visit.page.expect_response(re.compile("profile=gray")):
        await visit.page.reload()
    await visit.page.wait_for_selector("[data-measure]")
    await visit.page.keyboard.press("Tab")
    zoom, lat, lng = (float(part) for part in re.findall(r"view=([^&]*)", before)[0].split("/"))
    assert await visit.page.evaluate("location.hash") == "#" + before.partition("#")[2]
    assert (zoom > 0, 22 < lat < 27, -80 < lng < -75) == (True, True, True)
    assert visit.errors == []


@pytest.mark.parametrize(
    "fragment", ["#view=x/y/z", "#view=99/1/1", "#layers=%E0%A4%A", "#layers=<script>:a:b", "#view=&layers="]
)
@pytest.mark.slow
async def test_an_address_that_says_nonsense_shows_the_map_as_ever(
    visit: Visit, service: Installation, fragment: str
) -> None:
    link = await service.add_link()
    await visit.page.goto(f"{visit.base}/s/{link['token']}{fragment}")
    await visit.give("correct horse battery")
    await visit.page.wait_for_selector("[data-measure]")
    assert visit.errors == []


@pytest.mark.slow
async def test_zooming_keeps_the_middle_that_the_panel_leaves(visit: Visit, service: Installation) -> None:
    await see(visit, (await service.add_link())["token"])

    async def looked_at(selector: str) -> tuple[float, ...]:
        before = visit.page.url
        await visit.page.click(selector)
        await visit.page.wait_for_url(lambda url: url != before and "view=" in url)
        await visit.page.wait_for_timeout(600)  # the address is written when the map stands still
        return tuple(float(part) for part in re.findall(r"view=([^&]*)", visit.page.url)[0].split("/"))

    _, lat, lng = await looked_at(".maplibregl-ctrl-zoom-in")
    for selector in (".maplibregl-ctrl-zoom-in", ".maplibregl-ctrl-zoom-out"):
        _, north, east = await looked_at(selector)
        assert (north, east) == pytest.approx((lat, lng), abs=0.02)
    assert visit.errors == []


async def saved(visit: Visit) -> Image.Image:
    async with visit.page.expect_download(timeout=3 * PATIENCE * 1000) as started:
        await visit.page.click("[data-picture]")
    download = await started.value
    assert download.suggested_filename.endswith(".png")
    return Image.open(await download.path()).convert("RGB")


async def test_the_map_is_saved_with_its_legend_and_scale(visit: Visit, service: Installation) -> None:
    await see(visit, (await service.add_link(name="Bahamas"))["token"])
    picture = await saved(visit)
    width, height = picture.size
    assert width == 760
    assert height > 500, "the map, and below it what explains it"
    assert is_painted(np.asarray(picture.crop((490, 190, 570, 270)), dtype=np.int16))
    foot = np.asarray(picture.crop((0, 462, width, height)))
    assert (foot < 100).all(axis=2).sum() > 200, "there is writing"
    assert (foot[:, 620:] < 100).all(axis=2).sum() > 50, "and a scale"
    assert visit.errors == []


@pytest.mark.slow
async def test_two_ways_of_showing_are_compared_side_by_side(visit: Visit, service: Installation) -> None:
    await see(visit, (await service.add_link())["token"])
    await visit.page.click("[data-compare]")
    async with visit.page.expect_response(re.compile("profile=gray")):
        await visit.page.wait_for_selector("[data-bar]:focus")
        await visit.page.select_option("[data-right]", label="Gray")
    bar = visit.page.locator("[data-bar]")
    await visit.page.keyboard.press("Home")
    assert await bar.get_attribute("aria-valuenow") == "0"
    await visit.until(is_gray)
    picture = await saved(visit)
    assert is_gray(np.asarray(picture.crop((490, 190, 570, 270)), dtype=np.int16))
    await bar.press("End")
    await visit.until(lambda shown: is_painted(shown) and not is_gray(shown))
    await bar.press("Escape")
    await visit.page.wait_for_selector(".compare", state="detached")
    await visit.until(lambda shown: is_painted(shown) and not is_gray(shown))
    assert visit.errors == []


@pytest.mark.slow
async def test_tools_fit_on_a_phone(browser: Browser, service: Installation) -> None:
    visit = await visit_of(browser, service, **PHONE)
    await visit.see_a_tile((await service.add_link())["token"])
    await visit.page.click("[data-measure]")
    box = await visit.page.locator(".tool-bar").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert await visit.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
async def test_an_operators_base_map_lies_beneath_what_is_shared(
    browser: Browser, install: Callable[..., Awaitable[Installation]]
) -> None:
    before = await install()
    base = await before.add_item()
    service = await install(basemap=base["id"])
    write_hill(service.root / "dem.tif", crs="EPSG:32618", corner=(205_000, 2_715_000))
    item = await service.ask("item.create", project_id=service.account.project_id, root="files", path="dem.tif")
    visit = await visit_of(browser, service)
    await visit.page.route(re.compile(r"/\d+/\d+/\d+\.png"), lambda route: route.abort())  # what is shared
    async with visit.page.expect_response(re.compile(r"/basemap/")) as answered:
        await visit.unlock((await service.add_link(item))["token"])
    assert (await answered.value).status == 200
    await visit.until(is_painted)
    assert (await service.usage())["renders"] == 0
    await visit.page.uncheck("[data-ground]")
    await visit.until(lambda shown: not is_painted(shown))
    await visit.page.wait_for_url(re.compile(r"#view=[^&]*&ground=off$"))
    await visit.page.reload()
    await visit.page.wait_for_selector("[data-measure]")
    assert not await visit.page.is_checked("[data-ground]")
    await visit.until(lambda shown: not is_painted(shown))


@pytest.mark.slow
async def test_a_slider_goes_through_the_times_of_a_collection(visit: Visit, service: Installation) -> None:
    times, asked = ["2026-06-01T00:00:00Z", "2026-06-02T12:30:00Z"], []

    async def tell(route: Route) -> None:
        url = urlsplit(route.request.url)
        query = dict(parse_qsl(url.query))
        asked.append(query.pop("datetime", None))
        answer = await route.fetch(url=url._replace(query=urlencode(query)).geturl())
        await route.fulfill(json={**await answer.json(), "datetimes": times})

    await visit.page.route(re.compile("tilejson.json"), tell)
    await see(visit, (await service.add_link())["token"])
    slider, said = visit.page.locator("[data-time-row] input"), visit.page.locator("[data-time-row] output")
    assert await said.inner_text() == "All"
    for text, sent in (("2026-06-01", times[0]), ("2026-06-02 12:30", times[1])):
        async with visit.page.expect_response(re.compile("tilejson.json")):
            await slider.press("ArrowRight")
        assert await said.inner_text() == text
        assert asked[-1] == sent
    async with visit.page.expect_response(re.compile("tilejson.json")):
        await slider.press("Home")
    assert (await said.inner_text(), asked[-1], asked[0]) == ("All", None, None)
    await slider.press("ArrowRight")
    await visit.page.wait_for_url(re.compile("&time=2026-06-01T00%3A00%3A00Z$"))
    async with visit.page.expect_response(re.compile("datetime=2026-06-01")):
        await visit.page.reload()
    await visit.page.wait_for_selector("[data-time-row] output:has-text('2026-06-01')")
    assert visit.errors == []
