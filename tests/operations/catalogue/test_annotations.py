"""What may be drawn on a saved map."""

from __future__ import annotations

from typing import Any

import pytest

from service.operations.catalogue.annotations import parse_annotations, with_html


def feature(coordinates: Any = (10, 50), kind: str = "Point", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_what_can_be_drawn_comes_back_without_heights_and_bounding_boxes() -> None:
    drawn = feature([[10, 50, 300], [11, 51, 310]], "LineString", label="Way", color="#1a9850")
    parsed = parse_annotations(collection(drawn | {"bbox": [0, 0, 1, 1], "id": 7}))
    assert parsed["features"][0]["geometry"]["coordinates"] == [[10, 50], [11, 51]]
    assert parsed["features"][0].keys() == {"type", "geometry", "properties"}
    assert parse_annotations(feature(label="Alone"))["type"] == "FeatureCollection"
    assert parse_annotations(parsed) == parsed


def test_notes_become_safe_html() -> None:
    noted = parse_annotations(feature(note="**Dig** <script>alert(1)</script>"))
    html = with_html(noted)["features"][0]["properties"]["note_html"]
    assert "<strong>Dig</strong>" in html
    assert "<script" not in html


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param([], "FeatureCollection", id="a list"),
        pytest.param({"type": "Point", "coordinates": [0, 0]}, "FeatureCollection", id="a geometry"),
        pytest.param(collection(feature([10])), "feature 0 has a point", id="half a point"),
        pytest.param(collection(feature(), feature([10, 91])), "feature 1 has a point", id="beyond the pole"),
        pytest.param(collection(feature([float("nan"), 0])), "has a point", id="not a number"),
        pytest.param(collection(feature([True, 0])), "has a point", id="a boolean"),
        pytest.param(collection(feature([[10, 50]], "Polygon")), "coordinates of feature 0", id="not deep enough"),
        pytest.param(collection(feature(kind="Circle")), "of one of Point", id="unknown geometry"),
        pytest.param(collection({"type": "Feature", "geometry": None}), "no geometry", id="no geometry"),
        pytest.param(collection(feature(label=7)), "label of feature 0", id="label is no text"),
        pytest.param(collection(feature(label="x" * 201)), "label of feature 0", id="long label"),
        pytest.param(collection(feature(color="red")), "color of feature 0", id="colour by name"),
        pytest.param(collection(feature(secret="x")), "property secret", id="unknown property"),
        pytest.param(collection(*[feature()] * 2001), "at most 2000 annotations", id="too many"),
        pytest.param(collection(feature([[1, 1]] * 20_001, "LineString")), "at most 20000 points", id="too long"),
    ],
)
def test_what_cannot_be_drawn_is_refused(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_annotations(value)
