"""QGIS as a client: by WMTS in its own grid, by XYZ, by layer.qlr. Skipped where `python3-qgis` is not installed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
from rasterio.warp import transform as warp

from tests.clients.test_gdal import save_capabilities
from tests.conftest import PASSWORD
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

OPEN_FILE = """
import json, sys
from qgis.core import QgsApplication, QgsLayerDefinition, QgsProject, QgsRasterLayer
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
if sys.argv[1].endswith(".qlr"):
    QgsLayerDefinition.loadLayerDefinition(sys.argv[1], project, project.layerTreeRoot())
else:
    project.addMapLayer(QgsRasterLayer(sys.argv[1], "link", "wms"))
layer, = project.mapLayers().values()
told = {"valid": layer.isValid(), "error": "" if layer.isValid() else layer.error().summary()}
if layer.isValid():
    extent = layer.extent()
    block = layer.dataProvider().block(1, extent, 200, 200)
    colors = [block.color(row, column) for row in range(200) for column in range(200)]
    told |= {
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "credit": layer.attribution(),
        "license": layer.attributionUrl(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "opaque": sum(color >> 24 == 255 for color in colors) / len(colors),
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
    return told_by_qgis(SCRIPT, f"file://{capabilities}", grid, crs, *map(str, box), home=Path(capabilities).parent)


def told_by_qgis(script: str, *arguments: str, home: Path) -> Any:
    """What a script says that runs in QGIS. Blocks."""
    words = [str(SYSTEM_PYTHON), "-c", script, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
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


@pytest.mark.skipif(not has_qgis(), reason="python3-qgis is not installed")
async def test_qgis_opens_the_layer_file_on_its_data_with_its_attribution(
    service: Installation, tmp_path: Path
) -> None:
    item = await service.add_item()
    license_ = {"id": "CC-BY-4.0"}
    await service.ask("item.update", item_id=item["id"], attribution="© A & B", license=license_)
    link = await service.add_link(item)
    document = await (
        await service.client.get(f"/s/{link['token']}/layer.qlr", headers={"X-Share-Password": PASSWORD})
    ).text()
    inside = re.search(r"url=([^&<\"]+)", document)
    assert inside is not None
    assert unquote(inside[1]).startswith(f"{service.settings.base_url}/s/{link['token']}/WMTSCapabilities.xml?key=")
    definition = tmp_path / "layer.qlr"
    definition.write_text(document.replace(inside[1], quote(f"file://{await save_capabilities(service, link)}")))
    told = await asyncio.to_thread(told_by_qgis, OPEN_FILE, str(definition), home=tmp_path)
    assert told["valid"], told
    assert (told["crs"], told["credit"]) == ("EPSG:3857", "© A & B · CC-BY-4.0")
    assert told["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    west, south, east, north = item["bounds"]
    xs, ys = warp("EPSG:4326", "EPSG:3857", [west, east], [south, north])
    assert told["extent"] == pytest.approx([xs[0], ys[0], xs[1], ys[1]], rel=1e-3)
    assert told["opaque"] > 0.3


@pytest.mark.skipif(not has_qgis(), reason="python3-qgis is not installed")
async def test_qgis_opens_xyz_tiles(service: Installation, tmp_path: Path) -> None:
    link = await service.add_link(await service.add_item())
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    tiles = f"http://127.0.0.1:{service.client.port}/s/{link['token']}/{{z}}/{{x}}/{{y}}.png?key={opened['key']}"
    source = f"type=xyz&zmin=0&zmax=10&crs=EPSG:3857&url={quote(tiles, safe='/:{}')}"
    told = await asyncio.to_thread(told_by_qgis, OPEN_FILE, source, home=tmp_path)
    assert told["valid"], told
