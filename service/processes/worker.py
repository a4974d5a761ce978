"""A worker process: `python -m service.processes.worker`. Only a supervisor starts it."""

from __future__ import annotations

import sys
from functools import partial

# rasterio imports it where it is installed, and we have no use for it: 15 MB and a quarter of a second.
sys.modules["boto3"] = None  # type: ignore[assignment]

from service.api.app import create_app  # noqa: E402
from service.processes.serving.serve import run_worker  # noqa: E402
from tiling.gate.gdal_lockdown import restrict_gdal  # noqa: E402

if __name__ == "__main__":
    restrict_gdal()
    sys.exit(run_worker(partial(create_app, rehearsed=True)))
