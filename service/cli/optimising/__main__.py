"""`python -m service.cli.optimising`: optimises what standard input asks for. Only `tilegate optimise` starts it."""

from __future__ import annotations

import sys

from service.cli.optimising.isolation import leave_network

leave_network()  # before numpy starts threads: a process that has some may not leave

# rasterio imports it where it is installed, and we have no use for it.
sys.modules["boto3"] = None  # type: ignore[assignment]

from service.cli.optimising.child import main  # noqa: E402

if __name__ == "__main__":
    main(int(sys.argv[1]))
