"""MapServer: FastCGI processes behind nginx, a mapfile with a layer for each raster."""

from __future__ import annotations

import shutil
import socket
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import rasterio
from rio_tiler.colormap import cmap

from benchmarks.servers.nginx import installed as nginx_installed
from benchmarks.servers.nginx import nginx
from benchmarks.servers.server import WORKERS, Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.addresses import Tile
    from benchmarks.rasters import RasterClass, Rendering

FORMATS = {"jpg": "jpeg", "png": "png"}
COLOUR_STEPS = 16
PATIENCE = 0.5
"""Seconds to end in: it looks at SIGTERM with its next request."""
CONFIGURATION = """
CONFIG
  ENV
    GDAL_CACHEMAX "200"
    GDAL_DISABLE_READDIR_ON_OPEN "EMPTY_DIR"
  END
  MAPS
    BENCH "{mapfile}"
  END
END
"""
"""FastCGI puts each request's variables in place of the environment, so that GDAL would not find its options there."""
MAPFILE = """
MAP
  NAME "bench"
  SIZE 256 256
  MAXSIZE 4096
  PROJECTION "init=epsg:3857" END
  OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA EXTENSION "png" TRANSPARENT ON END
  OUTPUTFORMAT NAME "jpeg" DRIVER "AGG/JPEG" MIMETYPE "image/jpeg" IMAGEMODE RGB EXTENSION "jpg" END
{layers}
END
"""
LAYER = """
  LAYER
    NAME "{name}"
    TYPE RASTER
    STATUS OFF
    DATA "{path}"
    PROJECTION {projection} END
{rendering}
  END
"""


def installed() -> bool:
    """Whether all that it needs is here."""
    return shutil.which("mapserv") is not None and nginx_installed() is not None


@contextmanager
def mapserver(folder: Path, classes: Sequence[RasterClass], *, quick: bool) -> Iterator[Server]:
    """Run it. Its images are PNG and JPEG only; its JPEG quality is its default of 75."""
    folder.mkdir(parents=True, exist_ok=True)
    mapfile = folder / "bench.map"
    mapfile.write_text(MAPFILE.format(layers="".join(_layer(kind, kind.path(quick=quick)) for kind in classes)))
    configuration = folder / "mapserver.conf"
    configuration.write_text(CONFIGURATION.format(mapfile=mapfile))
    environment = {"MAPSERVER_CONFIG_FILE": str(configuration)}
    with ExitStack() as stack:
        listening = stack.enter_context(_listening(folder / "fcgi.sock"))
        mapserv = [str(shutil.which("mapserv"))]
        log = folder / "mapserv.log"
        started = [running(mapserv, environment, log, stdin=listening, patience=PATIENCE) for _ in range(WORKERS)]
        workers = [stack.enter_context(process).pid for process in started]
        upstream = f"upstream mapserv {{ server unix:{folder / 'fcgi.sock'}; }}"
        port, process = stack.enter_context(nginx(folder, _location(), upstream))
        yield Server(name="mapserver", port=port, roots=(process.pid, *workers), path=_path, formats=frozenset(FORMATS))


def _location() -> str:
    passed = "QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method"
    return (
        f"location /mapserv {{ fastcgi_pass mapserv; fastcgi_param {passed}; "
        "fastcgi_param SCRIPT_NAME /mapserv; fastcgi_param SERVER_NAME localhost; "
        "fastcgi_buffers 16 256k; fastcgi_buffer_size 256k; fastcgi_busy_buffers_size 512k; }"
    )


def _path(kind: RasterClass, tile: Tile, image_format: str, pixels: int) -> str:
    """Return a tile in MapServer's own tile mode, which is quicker than its WMS."""
    z, x, y = tile
    size = f"&map.size={pixels}+{pixels}" if pixels != 256 else ""
    shown = f"layers={kind.name}&map.imagetype={FORMATS[image_format]}"
    return f"/mapserv?map=BENCH&mode=tile&tilemode=gmap&tile={x}+{y}+{z}&{shown}{size}"


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Yield a socket that FastCGI processes accept from, as their standard input."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0o666)
        listening.listen(1024)
        yield listening


def _layer(kind: RasterClass, path: Path) -> str:
    with rasterio.open(path) as raster:
        code, nodata = raster.crs.to_epsg(), raster.nodata
    lines = _lines(kind.rendering)
    if nodata is not None:
        lines.insert(0, f'    PROCESSING "NODATA={nodata:g}"')
    return LAYER.format(name=kind.name, path=path, projection=f'"init=epsg:{code}"', rendering="\n".join(lines))


def _lines(rendering: Rendering) -> list[str]:
    bands = ",".join(map(str, rendering.bands))
    lines = [f'    PROCESSING "BANDS={bands}"', '    PROCESSING "RESAMPLE=NEAREST"']
    if rendering.rescale and rendering.colormap:
        return lines + _classes(*rendering.rescale, rendering.colormap)
    if rendering.rescale:
        low, high = rendering.rescale
        lines += [f'    PROCESSING "SCALE_{number}={low:g},{high:g}"' for number in range(1, len(rendering.bands) + 1)]
    return lines


def _classes(low: float, high: float, colormap: str) -> list[str]:
    """Return a colormap as ranges of colours, between which MapServer interpolates."""
    colours = cmap.get(colormap)
    lines = [f'    PROCESSING "SCALE={low:g},{high:g}"', '    PROCESSING "SCALE_BUCKETS=1024"']
    stops = [low + (high - low) * step / COLOUR_STEPS for step in range(COLOUR_STEPS + 1)]
    for step, (start, end) in enumerate(pairwise(stops)):
        first, last = (colours[min(255, number * 256 // COLOUR_STEPS)][:3] for number in (step, step + 1))
        shown = " ".join(str(int(value)) for value in (*first, *last))
        top = "<=" if step == COLOUR_STEPS - 1 else "<"
        lines.append(
            f"    CLASS EXPRESSION ([pixel] >= {start:g} AND [pixel] {top} {end:g}) "
            f"STYLE COLORRANGE {shown} DATARANGE {start:g} {end:g} END END"
        )
    return lines
