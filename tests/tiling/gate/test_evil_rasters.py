"""No raster has other bytes read, files written or addresses fetched, and each layer of defence can fail alone.

The attacks are in `evil_rasters`, and read in processes of their own by `evil_reader`: drivers belong to a process.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.tiling.gate.evil_rasters import cases
from tests.tiling.gate.evil_reader import DESCRIPTORS, DRIVERS, GATE, LANDLOCK, LAYERS, PRODUCT
from tiling.gate.landlock import landlock_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

needs_landlock = pytest.mark.skipif(landlock_version() == 0, reason="the kernel has no Landlock")
pytestmark = pytest.mark.security

NAMES = [case.name for case in cases()]
LATE = ["an .ovr becomes a raw VRT", "an .ovr becomes a MRF of any file"]
"""What was seen in the wild: an honest overview is looked at, and another file is opened later."""


def read(folder: Path, *layers: str, only: Sequence[str] = ()) -> tuple[dict[str, Any], int]:
    """What came of all attacks, or of those whose names begin so, and how often somebody connected."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        port = listener.getsockname()[1]
        words = [sys.executable, "-m", "tests.tiling.gate.evil_reader", str(folder), str(port), ",".join(layers), *only]
        done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        listener.setblocking(False)
        requests = 0
        try:
            while True:
                listener.accept()[0].close()
                requests += 1
        except BlockingIOError:
            return json.loads(done.stdout), requests


def fell(results: dict[str, Any]) -> dict[str, Any]:
    return {name: found for name, found in results.items() if found["seen"] or found["written"]}


def test_there_are_many_attacks_and_each_has_a_name() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert len(NAMES) >= 150


def test_nothing_foreign_is_read_written_or_fetched(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    results, requests = read(tmp_path, PRODUCT)
    record_property("hostile rasters", len(results))
    record_property("foreign bytes read, or files written", len(fell(results)))
    record_property("requests sent", requests)
    assert list(results) == NAMES
    assert fell(results) == {}
    assert requests == 0
    assert results["honest"]["end"] == "14 reads"  # so what is honest is read


@pytest.mark.slow
@pytest.mark.parametrize("off", [pytest.param(layer, id=f"without {layer}") for layer in LAYERS])
def test_any_layer_may_be_missing(tmp_path: Path, off: str, record_property: Callable[[str, object], None]) -> None:
    if landlock_version() == 0 and off != LANDLOCK:
        pytest.skip("the kernel has no Landlock, so two layers would be missing")
    results, requests = read(tmp_path, *(layer for layer in LAYERS if layer != off))
    record_property("foreign bytes read, or files written", len(fell(results)))
    record_property("requests sent", requests)
    assert fell(results) == {}
    assert requests == 0
    assert results["honest"]["end"] != "0 reads"


@pytest.mark.slow
@pytest.mark.parametrize(
    "alone",
    [
        DESCRIPTORS,
        DRIVERS,
        pytest.param(LANDLOCK, marks=needs_landlock),
    ],
)
def test_each_layer_alone_stops_an_overview_that_becomes_something_else(tmp_path: Path, alone: str) -> None:
    results, requests = read(tmp_path, alone, only=LATE)
    assert results
    assert fell(results) == {}
    assert requests == 0


@pytest.mark.slow
def test_the_gate_alone_stops_metadata_that_names_files(tmp_path: Path) -> None:
    results, requests = read(tmp_path, GATE, only=["OVERVIEW_FILE", "GEOLOCATION"])
    assert fell(results) == {}
    assert requests == 0


@pytest.mark.slow
def test_without_any_layer_the_attacks_work(tmp_path: Path) -> None:
    works = [
        *LATE,
        "an .ovr is a raw VRT",
        "OVERVIEW_FILE is a path",
        "OVERVIEW_FILE is inline VRT",
        ".ovr becomes a link",
    ]
    results, _ = read(tmp_path, "none", only=works)
    assert fell(results).keys() == results.keys()
