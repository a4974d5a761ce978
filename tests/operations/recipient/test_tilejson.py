"""The schema beside this file is that of https://github.com/mapbox/tilejson-spec, 3.0.0/schema.json (CC BY 3.0 US)."""

import json
from pathlib import Path

import jsonschema
import pytest

from service.operations.recipient.tilejson import tilejson
from tests.tiling.raster_zoo import real_rasters, source
from tiling.errors import RasterRefused
from tiling.ingest.inspect import inspect_raster

SCHEMA = json.loads((Path(__file__).parent / "tilejson-3.0.0.schema.json").read_text())
GOOD = {
    "name": "A raster",
    "description": "",
    "tiles": ["https://example.test/s/t/{z}/{x}/{y}.png?key=k"],
    "bounds": (-10.0, -5.0, 10.0, 5.0),
    "center": (0.0, 0.0, 3),
    "minzoom": 1,
    "maxzoom": 9,
}


def test_a_document_is_valid_by_the_official_schema() -> None:
    document = tilejson(**GOOD, attribution="me", tilesize=512)
    jsonschema.validate(json.loads(json.dumps(document)), SCHEMA)
    assert document["tilejson"] == "3.0.0"
    assert document["vector_layers"] == []
    assert document["attribution"] == "me"


def test_no_attribution_is_no_key() -> None:
    assert "attribution" not in tilejson(**GOOD)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"tiles": []}, id="no tiles"),
        pytest.param({"bounds": (170.0, 0.0, -170.0, 5.0)}, id="west beyond east"),
        pytest.param({"bounds": (-181.0, 0.0, 0.0, 5.0)}, id="outside the world"),
        pytest.param({"minzoom": 10}, id="zooms in the wrong order"),
        pytest.param({"maxzoom": 31}, id="zoom beyond 30"),
    ],
)
def test_a_document_that_maps_cannot_use_is_not_built(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        tilejson(**(GOOD | change))


@pytest.mark.parametrize("path", real_rasters(), ids=lambda path: path.name)
def test_every_registered_raster_has_a_valid_document(path: Path) -> None:
    try:
        raster = inspect_raster(source(path))
    except RasterRefused:
        return
    document = tilejson(
        name=path.name,
        description="",
        tiles=GOOD["tiles"],
        bounds=raster.bounds,
        center=raster.center,
        minzoom=raster.minzoom,
        maxzoom=raster.maxzoom,
    )
    jsonschema.validate(json.loads(json.dumps(document)), SCHEMA)
