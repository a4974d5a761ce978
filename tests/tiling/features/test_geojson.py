"""GeoJSON files are checked by RFC 7946, with a reason for each that is refused."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiling.archives.test_archives import source_of
from tiling.errors import ContentRefused
from tiling.features.geojson import MAX_POSITIONS, inspect_features

if TYPE_CHECKING:
    from pathlib import Path

    from tiling.features.geojson import FeaturesDescription


def feature(kind: str, coordinates: Any, properties: Any = None) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def inspected(folder: Path, document: Any) -> FeaturesDescription:
    path = folder / "a.geojson"
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return inspect_features(source_of(path))


RING = [[0, 0], [4, 0], [4, 3], [0, 0]]


def test_features_of_all_kinds_are_counted_and_bounded(tmp_path: Path) -> None:
    found = inspected(
        tmp_path,
        collection(
            feature("Point", [10, 20, 5], {"name": "<b>"}),
            feature("MultiPoint", [[-3, -2], [1, 1]]),
            feature("LineString", [[0, 0], [1, 1]]),
            feature("MultiLineString", [[[0, 0], [1, 1]]]),
            feature("Polygon", [RING]),
            feature("MultiPolygon", [[RING]]),
            {"type": "Feature", "geometry": None, "properties": {}, "id": 7},
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0, 0]}]},
            },
        ),
    )
    assert (found.features, found.positions) == (8, 16)
    assert found.bounds == (-3, -2, 10, 20)


def test_one_point_has_a_box_that_a_map_can_show(tmp_path: Path) -> None:
    west, south, east, north = inspected(tmp_path, {"type": "Point", "coordinates": [180, 90]}).bounds
    assert -180 <= west < east <= 180
    assert -86 < south < north < 86


REFUSED: dict[str, tuple[Any, str]] = {
    "no-json": (b"{", "not JSON"),
    "no-utf-8": (b"\xff\xfe", "UTF-8"),
    "a-list": ([], "no GeoJSON"),
    "no-type": ({}, "no GeoJSON"),
    "topology": ({"type": "Topology"}, "no type that there is"),
    "a-key-twice": (b'{"type": "Point", "coordinates": [0, 0], "type": "Point"}', "twice"),
    "nan": (b'{"type": "Point", "coordinates": [NaN, 0]}', "NaN"),
    "infinite": (b'{"type": "Point", "coordinates": [1e999, 0]}', "too large"),
    "many-digits": (b'{"type": "Point", "coordinates": [%s, 0]}' % (b"9" * 100_000), "digits"),
    "nested": (b"[" * 1_000_000, "nested too deeply"),
    "nested-objects": (b'{"a":' * 1_000_000, "nested too deeply"),
    "another-crs": ({**collection(), "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}}, "ogr2ogr"),
    "metres": (feature("Point", [456_000, 5_600_000]), "ogr2ogr"),
    "a-latitude": (feature("Point", [0, 90.1]), "degrees"),
    "one-number": (feature("Point", [0]), "two or three"),
    "true": (feature("Point", [True, 0]), "two or three"),
    "text": (feature("Point", ["0", "0"]), "two or three"),
    "no-coordinates": ({"type": "Point"}, "two or three"),
    "not-deep-enough": (feature("Polygon", [[0, 0], [4, 0]]), "not closed"),
    "not-a-list": (feature("Polygon", 5), "as deep"),
    "an-open-ring": (feature("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1]]]), "not closed"),
    "a-small-ring": (feature("Polygon", [[[0, 0], [1, 0], [0, 0]]]), "fewer than 4"),
    "a-short-line": (feature("LineString", [[0, 0]]), "fewer than two"),
    "an-empty-line": (feature("LineString", []), "no positions"),
    "no-features": ({"type": "FeatureCollection"}, "without features"),
    "no-feature": (collection(5), "feature 0 is no object"),
    "no-geometry": (collection({"type": "Feature", "properties": {}}), "must have a geometry"),
    "no-properties": (collection({"type": "Feature", "geometry": None, "properties": [1]}), "properties"),
    "an-odd-id": (collection({**feature("Point", [0, 0]), "id": [1]}), "id of feature 0"),
    "nothing-with-a-place": (collection(), "no feature with a place"),
    "deep-properties": (collection(feature("Point", [0, 0], json.loads('{"a":' * 60 + "1" + "}" * 60))), "nested"),
    "deep-collections": (
        json.loads('{"type":"GeometryCollection","geometries":[' * 9 + "]}" * 9),
        "too deep",
    ),
    "too-large": (b" " * (20 * 2**20 + 1), "larger than 20 MiB"),
}


@pytest.mark.parametrize(("document", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_geojson_is_refused_with_the_reason(tmp_path: Path, document: Any, why: str) -> None:
    with pytest.raises(ContentRefused, match=why):
        inspected(tmp_path, document)


def test_more_than_a_million_positions_are_refused_with_what_to_do(tmp_path: Path) -> None:
    begun = time.thread_time()
    text = b'{"type":"MultiPoint","coordinates":[' + b",".join([b"[1,2]"] * (MAX_POSITIONS + 1)) + b"]}"
    with pytest.raises(ContentRefused, match="tippecanoe"):
        inspected(tmp_path, text)
    assert time.thread_time() - begun < 30


def test_a_million_keys_that_are_alike_are_refused_in_bounded_time(tmp_path: Path) -> None:
    with pytest.raises(ContentRefused, match="twice"):
        inspected(tmp_path, b'{"type":"Point",' + b",".join(b'"k%d":1' % n for n in range(100_000)) + b',"k5":1}')


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.sampled_from(["Point", "Polygon", "Feature"]),
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry", "properties", "features", "id"]), parts)
    ),
    max_leaves=10,
)


@given(json_values)
@settings(max_examples=60, deadline=None)
def test_whatever_json_it_is_it_is_described_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    try:
        found = inspected(tmp_path_factory.getbasetemp(), value)
    except ContentRefused:
        return
    assert found.positions
