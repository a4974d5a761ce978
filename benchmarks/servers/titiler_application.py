"""A TiTiler of nothing but files, by its own reader or by ours; uvicorn imports it in the peers' environment."""

from __future__ import annotations

import os

import rio_tiler.io
from fastapi import FastAPI
from titiler.core.factory import TilerFactory
from titiler.core.utils import render_image

import tiling
import tiling.titiler

READER = "TITILER_READER"
"""The environment variable that says which."""
_FACTORIES = {
    "titiler": {"reader": rio_tiler.io.Reader, "render_func": render_image},
    "reader": {"reader": tiling.Reader, "render_func": render_image},
    "reader+render": {"reader": tiling.Reader, "render_func": tiling.titiler.render_image},
}
NAMES = tuple(_FACTORIES)

app = FastAPI()
app.include_router(TilerFactory(router_prefix="/cog", **_FACTORIES[os.environ[READER]]).router, prefix="/cog")


@app.get("/healthz")
def is_up() -> dict[str, str]:
    """Answer."""
    return {"status": "up"}
