"""An operator's own grids: what is refused, and with which reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tiling.grids import OWN, own_set
from tiling.errors import TileMatrixSetInvalid
from tiling.geometry.natural_sets import natural_set
from tiling.geometry.tile_matrix_sets import TileMatrixSets, read_folder


def definition(name: str = "PolarNorth") -> Any:
    return json.loads(own_set(name).model_dump_json(exclude_none=True))


def write(folder: Path, document: Any, name: str = "mine.json") -> None:
    (folder / name).write_text(document if isinstance(document, str) else json.dumps(document))


def with_matrix(**changes: Any) -> Any:
    document = definition()
    document["tileMatrices"][2] |= changes
    return document


BAD = {
    "no JSON": ("{", "JSON"),
    "no matrices": (definition() | {"tileMatrices": []}, "1 to 64"),
    "another planet": (definition() | {"crs": "IAU_2015:49900"}, "not of the Earth"),
    "no such CRS": (definition() | {"crs": "EPSG:999999"}, "crs"),
    "an id with a slash": (definition() | {"id": "a/b"}, "id"),
    "an id that is there": (definition() | {"id": "WebMercatorQuad"}, "already"),
    "large tiles": (with_matrix(tileHeight=2048), "1024 pixels"),
    "a matrix that is no finer": (with_matrix(cellSize=1e9), "cellSize of 2"),
    "a place that is none": (with_matrix(pointOfOrigin=[1e999, 0]), "mine.json"),
    "an id that is no number": (with_matrix(id="two"), "id"),
    "two of one id": (with_matrix(id="1"), "id 1"),
    "rows that it has not": (
        with_matrix(variableMatrixWidths=[{"coalesce": 2, "minTileRow": 3, "maxTileRow": 9}]),
        "variableMatrixWidths",
    ),
    "columns that are no multiple": (
        with_matrix(variableMatrixWidths=[{"coalesce": 3, "minTileRow": 0, "maxTileRow": 0}]),
        "coalesce 3",
    ),
    "version 1": (definition() | {"supportedCRS": "EPSG:3413"}, "version 1"),
}


@pytest.mark.parametrize(("document", "reason"), BAD.values(), ids=BAD)
def test_a_definition_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, document: Any, reason: str
) -> None:
    write(tmp_path, document)
    with pytest.raises(TileMatrixSetInvalid, match=r"mine\.json") as refused:
        read_folder(tmp_path)
    assert reason in str(refused.value)


def test_all_grids_of_a_folder_are_known_beside_those_that_are_shipped(tmp_path: Path) -> None:
    for name in OWN:
        write(tmp_path, definition(name), f"{name}.json")
    sets = TileMatrixSets.with_folder(tmp_path)
    assert {"WebMercatorQuad", "UPSArcticWGS84Quad", *OWN} <= set(sets)
    assert natural_set(sets, "EPSG:3413", (-180.0, 60.0, 180.0, 90.0)) == "PolarNorth"
    assert sets.get("Nowhere") is None


@pytest.mark.parametrize(
    ("crs", "footprint", "expected"),
    [
        ("EPSG:3413", (-180.0, 60.0, 180.0, 90.0), "UPSArcticWGS84Quad"),
        ("EPSG:3413", (-50.0, 70.0, -40.0, 75.0), "UPSArcticWGS84Quad"),
        ("EPSG:3031", (-180.0, -90.0, 180.0, -60.0), "UPSAntarcticWGS84Quad"),
        ("EPSG:32631", (1.0, 45.0, 2.0, 46.0), "UTM31WGS84Quad"),
        ("EPSG:32632", (8.0, 45.0, 9.0, 46.0), None),
        ("EPSG:3035", (8.0, 45.0, 9.0, 46.0), "EuropeanETRS89_LAEAQuad"),
        ("EPSG:4326", (-180.0, -90.0, 180.0, 90.0), "WorldCRS84Quad"),
        ("EPSG:3857", (8.0, 45.0, 9.0, 46.0), None),
        (None, (-180.0, 70.0, 180.0, 90.0), "UPSArcticWGS84Quad"),
        (None, (8.0, 45.0, 9.0, 46.0), None),
    ],
)
def test_the_grid_that_suits_a_raster(crs: str | None, footprint: Any, expected: str | None) -> None:
    assert natural_set(TileMatrixSets(), crs, footprint) == expected
