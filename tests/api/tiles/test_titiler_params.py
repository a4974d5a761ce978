"""TiTiler's parameters: each is taken, or refused by name, and docs/coming-from.md says which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.api.tiles.handlers import TAKEN_BY_TILEJSON
from service.api.tiles.render_params import NAMES
from service.api.tiles.titiler_params import REFUSED
from service.api.tiles.values import TAKEN_BY_CROP, TAKEN_BY_STATISTICS
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}
CHAPTER = (Path(__file__).parents[3] / "docs" / "coming-from.md").read_text("utf-8").partition("\n## TiTiler")[2]
DOORS = {
    "5/16/11.png": frozenset(),
    "tiles/WebMercatorQuad/5/16/11@2x.webp": frozenset(),
    "preview.jpg": frozenset(),
    "crop.png": TAKEN_BY_CROP,
    "statistics": TAKEN_BY_STATISTICS,
    "point/0,0": frozenset(),
    "legend.json": frozenset(),
    "legend.png": frozenset(),
    "tilejson.json": TAKEN_BY_TILEJSON,
    "style.json": frozenset(),
    "layer.qlr": frozenset(),
}
OF_TITILER = {
    "url", "bidx", "expression", "assets", "asset_as_band", "max_size", "height", "width", "nodata", "unscale",
    "resampling", "reproject", "rescale", "color_formula", "return_mask", "categorical", "c", "p", "histogram_bins",
    "histogram_range", "coord_crs", "dst_crs", "buffer", "padding", "bbox-crs", "f", "cover_scale", "zooms", "colormap",
    "colormap_name", "algorithm", "algorithm_params", "tilesize", "tile_format", "tile_scale", "minzoom", "maxzoom",
    "format", "pixel_selection", "asset_bidx", "asset_expression",
}  # fmt: skip
"""Of titiler.core and titiler.mosaic in August 2026, and of what their STAC endpoints had before."""


def first_cells(header: str) -> str:
    table = CHAPTER.partition(f"| {header} |")[2].partition("\n\n")[0]
    return "\n".join(line.split("|")[1] for line in table.splitlines()[2:])


def test_each_parameter_of_titiler_is_known() -> None:
    assert (NAMES - {"bands"}) | REFUSED.keys() == OF_TITILER


def test_the_chapter_names_each_parameter() -> None:
    assert set(re.findall(r"`([^`]+)`", first_cells("refused"))) == REFUSED.keys()
    assert set(re.findall(r"`([a-z_]+)`", first_cells("there"))) >= NAMES - {"bands"}


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_taken_is_refused_by_name_at_every_door(lasting: Installation, door: str) -> None:
    link = await lasting.add_link(await lasting.add_item(), custom_render=True)
    for name in REFUSED.keys() - DOORS[door]:
        answer = await lasting.client.get(f"/s/{link['token']}/{door}", params={name: "1"}, headers=HEADERS)
        problem = await answer.json()
        assert (answer.status, problem["code"], problem["field"]) == (422, "field_invalid", name)
        assert REFUSED[name] in problem["detail"]


async def test_unknown_parameters_are_ignored_and_strangers_hear_of_no_parameter(service: Installation) -> None:
    link = await service.add_link(await service.add_item())
    path = f"/s/{link['token']}/preview.png"
    assert (await service.client.get(path, params={"v": "7"}, headers=HEADERS)).status == 200
    assert (await service.client.get(path, params={"unscale": "true"})).status == 401
