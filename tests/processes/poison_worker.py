"""The real worker, but that it dies of rasters that are called poison, and takes for ever to register endless ones."""

import ctypes
import sys
from functools import partial

import tiling.ingest.inspect
import tiling.render
from service.delivery.heavy import nursery, processes

paint, describe = tiling.render.paint, tiling.ingest.inspect._describe


def paint_or_die(raster, grid, profile):
    if raster._source.path.endswith("poison.tif"):
        ctypes.string_at(0)
    return paint(raster, grid, profile)


def describe_for_ever(raster, source):
    if "endless" in source.path:
        ctypes.PyDLL(None).sleep(600)  # with the GIL
    return describe(raster, source)


if __name__ == "__main__":
    tiling.render.paint = paint_or_die
    tiling.ingest.inspect._describe = describe_for_ever
    if len(sys.argv) > 1:
        sys.exit(nursery.main(int(sys.argv[1]), int(sys.argv[2])))
    from service.api.app import create_app  # seconds that the nursery need not spend
    from service.processes.serving.serve import run_worker

    processes.COMMAND = (sys.executable, "-P", __file__)
    sys.exit(run_worker(partial(create_app, rehearsed=True)))
