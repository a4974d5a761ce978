"""`python -m service.delivery.heavy DESCRIPTOR PARENT`: the nursery. Only a worker starts it."""

from __future__ import annotations

import sys

# rasterio imports it where it is installed, and we have no use for it: 15 MB and a quarter of a second.
sys.modules["boto3"] = None  # type: ignore[assignment]

from service.delivery.heavy.nursery import main  # noqa: E402

if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
