"""What verbs do before they read somebody's raster in their own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tiling.gate.gdal_lockdown import READING, restrict_gdal

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN_PROCESS = "own process"
"""The context's object where the command line has a process of its own, and not one of somebody who imports it."""


def restrict_reading(drivers: Iterable[str] = READING) -> None:
    """Take GDAL's other drivers and its network away, for good. Raises RuntimeError."""
    if click.get_current_context().find_root().obj == OWN_PROCESS:
        restrict_gdal(drivers)
