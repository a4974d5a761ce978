"""Profiles that are made up while asking: checked as stored ones are, and bounded."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tiling.colormaps import colormap_exists, colormap_lut
from tiling.custom import CustomRender, customised
from tiling.errors import ProfileInvalid
from tiling.models import Profile, ProfileKind

NDVI = Profile(
    id="ndvi", label="N", kind=ProfileKind.INDEX, expression="b4-b3", rescale=((-1, 1),), colormap="rdylgn", nodata=0
)


def test_what_is_not_said_stays() -> None:
    assert customised(NDVI, CustomRender()) is NDVI
    changed = customised(NDVI, CustomRender(rescale=((0, 0.5),), resampling="bilinear"))
    assert (changed.expression, changed.colormap, changed.nodata) == ("b4-b3", "rdylgn", 0)
    assert (changed.rescale, changed.resampling, changed.id) == (((0, 0.5),), "bilinear", "custom")


def test_other_bands_begin_anew() -> None:
    rgb = customised(NDVI, CustomRender(bands=(3, 2, 1)))
    assert (rgb.kind, rgb.expression, rgb.rescale, rgb.colormap) == (ProfileKind.RGB, None, (), None)
    gray = customised(rgb, CustomRender(expression="b1*2", colormap="viridis", rescale=((0, 9),)))
    assert (gray.kind, gray.bands, gray.colormap) == (ProfileKind.INDEX, (), "viridis")
    terrain = customised(NDVI, CustomRender(bands=(1,), algorithm="terrainrgb"))
    assert (terrain.kind, terrain.is_terrain) == (ProfileKind.TERRAIN, True)


@pytest.mark.parametrize(
    ("render", "field"),
    [
        (CustomRender(bands=(0,)), "bands"),
        (CustomRender(bands=(1, 2)), "bands"),
        (CustomRender(bands=(1,), expression="b1"), "expression"),
        (CustomRender(expression="__import__('os')"), "expression"),
        (CustomRender(expression="+".join(f"b{band}" for band in range(1, 10))), "expression"),
        (CustomRender(rescale=((1, 0),)), "rescale"),
        (CustomRender(rescale=((float("nan"), 1),)), "rescale"),
        (CustomRender(bands=(1, 2, 3), colormap="viridis"), "colormap"),
        (CustomRender(colormap="no such map"), "colormap"),
        (CustomRender(colormap='{"256": "#000"}'), "colormap"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(render: CustomRender, field: str) -> None:
    with pytest.raises(ProfileInvalid) as caught:
        customised(NDVI, render)
    assert caught.value.field == field


def test_a_colormap_may_be_json() -> None:
    text = json.dumps({"0": "#f00", "1": "#00ff0080", "255": [0, 0, 255], "7": [1, 2, 3, 4]})
    lut = colormap_lut(text)
    assert lut[[0, 1, 255, 7, 8]].tolist() == [
        [255, 0, 0, 255],
        [0, 255, 0, 128],
        [0, 0, 255, 255],
        [1, 2, 3, 4],
        [0] * 4,
    ]
    assert (lut.dtype, lut.shape) == (np.uint8, (256, 4))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"a": "#000"}',
        '{"1": "red"}',
        '{"1": [1, 2]}',
        '{"1": [1, 2, 256]}',
        '{"1": 5}',
        '{"-1": "#000"}',
        "[]",
    ],
)
def test_json_that_is_no_colormap_is_none(text: str) -> None:
    assert not colormap_exists(text)
    assert not colormap_exists('{"1":' * 3000)
