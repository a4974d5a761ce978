"""QGIS as a client: it opens a link by WMTS in its own grid. Skipped where `python3-qgis` is not installed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.test_gdal import save_capabilities
from tests.polar import write_polar

if TYPE_CHECKING:
    from tests.conftest import Installation

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Debian's QGIS is a module of Debian's Python."""
SCRIPT = """
import json, sys
from urllib.parse import quote
from qgis.core import QgsApplication, QgsRasterLayer, QgsRectangle
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
capabilities, grid, crs = sys.argv[1:4]
source = f"contextualWMSLegend=0&crs={crs}&format=image/png&layers=rgb&styles=default&tileMatrixSet={grid}"
layer = QgsRasterLayer(source + "&url=" + quote(capabilities), "link", "wms")
told = {"valid": layer.isValid(), "error": "" if layer.isValid() else layer.error().summary()}
if layer.isValid():
    box = QgsRectangle(*map(float, sys.argv[4:8]))
    block = layer.dataProvider().block(1, box, 100, 100)
    colors = [block.color(row, column) for row in range(100) for column in range(100)]
    told |= {
        "crs": layer.crs().authid(),
        "opaque": sum(color >> 24 == 255 for color in colors) / len(colors),
        "blue": colors[5050] & 255,
    }
print("TOLD" + json.dumps(told))
application.exitQgis()
"""


def has_qgis() -> bool:
    if not SYSTEM_PYTHON.exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


def opened_by_qgis(capabilities: str, grid: str, crs: str, box: tuple[float, float, float, float]) -> Any:
    """What QGIS says of a layer, and sees in a box of it. Blocks."""
    words = [str(SYSTEM_PYTHON), "-c", SCRIPT, f"file://{capabilities}", grid, crs, *map(str, box)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(Path(capabilities).parent)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert "TOLD" in done.stdout, done.stderr
    return json.loads(done.stdout.partition("TOLD")[2].partition("\n")[0])


@pytest.mark.skipif(not has_qgis(), reason="python3-qgis is not installed")
@pytest.mark.parametrize(
    ("grid", "crs", "box"),
    [
        ("UPSArcticWGS84Quad", "EPSG:5041", (1_500_000, 1_500_000, 2_500_000, 2_500_000)),
        ("WebMercatorQuad", "EPSG:3857", (0, 11_500_000, 1_000_000, 12_500_000)),
        ("WorldCRS84Quad", "OGC:CRS84", (0, 75, 10, 85)),
    ],
)
async def test_qgis_opens_a_polar_link_in_each_of_its_grids(
    service: Installation, grid: str, crs: str, box: tuple[float, float, float, float]
) -> None:
    write_polar(service.root / "polar.tif")
    fields = {"project_id": service.account.project_id, "root": "files", "path": "polar.tif"}
    item = await service.ask("item.create", **fields)
    link = await service.add_link(item, tile_matrix_sets=["UPSArcticWGS84Quad", "WorldCRS84Quad"])
    capabilities = await save_capabilities(service, link)
    told = await asyncio.to_thread(opened_by_qgis, capabilities, grid, crs, box)
    assert told["valid"], told
    assert told["crs"] == crs
    assert told["opaque"] == 1
    assert abs(told["blue"] - 200) < 4
