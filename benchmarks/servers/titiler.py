"""TiTiler under uvicorn, with the settings that its documentation recommends."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.servers.server import HOST, WORKERS, Server, free_port, running, wait_until_answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.addresses import Tile
    from benchmarks.rasters import RasterClass, Rendering

PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
"""An environment of its own: what TiTiler needs would else be imported by our processes, and ours by its."""

ENVIRONMENT = {
    "GDAL_CACHEMAX": "200",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_VERSION": "2",
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",
    "CPL_VSIL_CURL_CACHE_SIZE": "200000000",
    "VSI_CACHE": "TRUE",
    "VSI_CACHE_SIZE": "5000000",
}
"""https://developmentseed.org/titiler/advanced/performance_tuning/"""


APPLICATION = "titiler.application.main:app"


@contextmanager
def titiler(
    log: Path,
    source: Callable[[RasterClass], str],
    environment: dict[str, str] | None = None,
    *,
    name: str = "titiler",
    application: str = APPLICATION,
) -> Iterator[Server]:
    """Run it. `source`: the path or URL under which it finds a raster."""
    port = free_port()
    words = ["-m", "uvicorn", application, "--host", HOST, "--port", str(port)]
    words += ["--workers", str(WORKERS), "--log-level", "warning"]

    def path(kind: RasterClass, tile: Tile, image_format: str, pixels: int) -> str:
        query = urlencode({"url": source(kind), **query_of(kind.rendering), "tilesize": pixels}, doseq=True)
        return f"/cog/tiles/WebMercatorQuad/{tile[0]}/{tile[1]}/{tile[2]}.{image_format}?{query}"

    with running([str(PYTHON), *words], ENVIRONMENT | (environment or {}), log) as process:
        wait_until_answering(f"http://{HOST}:{port}/healthz", process, log)
        yield Server(name=name, port=port, roots=(process.pid,), path=path)


def query_of(rendering: Rendering) -> dict[str, object]:
    """Return a rendering as query parameters; nothing that is its default anyway."""
    query: dict[str, object] = {}
    if rendering.rescale:
        query["bidx"] = list(rendering.bands)
        query["rescale"] = f"{rendering.rescale[0]:g},{rendering.rescale[1]:g}"
    if rendering.colormap:
        query["colormap_name"] = rendering.colormap
    return query
