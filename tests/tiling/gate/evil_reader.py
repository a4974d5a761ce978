"""Reads evil rasters through layers of defence: `python -m tests.tiling.gate.evil_reader FOLDER PORT LAYERS [CASES]`.

A process of its own, as drivers belong to a process and Landlock is for good. `product` is all layers as they are put
together in a worker; other names put their parts together here, so that any of them can be left out. Prints a line of
JSON: for each case how many foreign pixels were seen, how it ended, and which files were written.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from tests.tiling.gate.evil_rasters import Case, Place, cases, make_outside
from tiling.errors import TilingError
from tiling.files.raster_files import open_files
from tiling.files.raster_source import RasterSource
from tiling.files.rooted_file import look_at
from tiling.gate.gdal_lockdown import restrict_gdal
from tiling.gate.landlock import restrict_thread
from tiling.gate.sandbox import reach_of
from tiling.gate.validate import GDAL_OPTIONS, check_dataset
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat
from tiling.render import render_preview
from tiling.source.level import MASK_BAND
from tiling.source.opening import FULL, borrow

PRODUCT = "product"
DESCRIPTORS, DRIVERS, GATE, LANDLOCK = LAYERS = ("descriptors", "drivers", "gate", "landlock")
SEVEN, OPAQUE = 7, 255
SECONDS = 20
ENDINGS = (TilingError, RasterioError, OSError, ValueError)


def look(place: Place, path: str) -> RasterSource:
    """What a service does before it reads: Raises OSError."""
    return RasterSource.beneath(look_at(str(place.root), tuple(path.split("/"))))


def foreign(values: Any, honest: int) -> int:
    """How many pixels are not the raster's."""
    return int((np.asarray(values) != honest).sum())


def by_the_product(source: RasterSource, after: Any) -> Iterator[int]:
    """Read everything that tiles read: before and after somebody changes the files, and once more."""
    with suppress(*ENDINGS):
        inspect_raster(source)
        yield from product_pixels(source, only=FULL)
    after()
    for _ in range(2):
        with suppress(*ENDINGS):
            yield from product_pixels(source)
    with suppress(*ENDINGS):
        description = inspect_raster(source)
        render_preview(source, description.profiles[0], ImageFormat.PNG, 100)


def product_pixels(source: RasterSource, only: int | None = None) -> Iterator[int]:
    """Read all levels, and their masks."""
    with borrow(source) as raster:
        for decimation in (1,) if only is not None else (1, *raster.decimations):
            level = raster.level_for(decimation)
            yield foreign(level.read((1,), level.box).values, SEVEN)
            yield foreign(level.read((MASK_BAND,), level.box).values, OPAQUE)


def by_parts(source: RasterSource, after: Any, layers: frozenset[str]) -> Iterator[int]:
    """Read as the product does, without the layers that are left out."""
    changed = False
    try:
        with opened(source, layers) as (path, options, check), rasterio.Env(**options):
            check_sidecars(path, layers)
            with open_checked(path, layers) as dataset:
                yield foreign(dataset.read(1, window=((0, 8), (0, 8))), SEVEN)
                after()
                changed = True
                yield from dataset_pixels(dataset)
                for level in range(len(dataset.overviews(1))):
                    check()
                    with open_checked(path, layers, overview_level=level) as overview:
                        check()
                        yield from dataset_pixels(overview)
            with open_checked(path, layers) as again:
                check()
                yield from dataset_pixels(again)
    except ENDINGS:
        if not changed:
            after()


def check_sidecars(path: str, layers: frozenset[str]) -> None:
    """Open each by itself first, as the gate does."""
    for name in Path(path).parent.glob(f"{Path(path).name}.[om]*"):
        if GATE in layers and name.suffix in {".ovr", ".msk"}:
            open_checked(str(name), layers).close()


def dataset_pixels(dataset: Any) -> Iterator[int]:
    """Read a dataset whole and small, and its masks."""
    for shape in (dataset.shape, (dataset.height // 2, dataset.width // 2), (32, 32)):
        yield foreign(dataset.read(1, out_shape=shape), SEVEN)
        yield foreign(dataset.read_masks(1, out_shape=shape), OPAQUE)


@contextmanager
def opened(source: RasterSource, layers: frozenset[str]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield what GDAL opens, with which options, and what tells whether it has changed."""
    if DESCRIPTORS not in layers:
        yield source.path, GDAL_OPTIONS | {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}, lambda: None
        return
    files = open_files(source)
    listing = {"GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"} if files.sidecars else {}
    try:
        yield files.path, GDAL_OPTIONS | listing, files.check
    finally:
        files.close()


def open_checked(path: str, layers: frozenset[str], **options: Any) -> Any:
    """Open with GTiff, or with any driver where that layer is left out."""
    driver = "GTiff" if DRIVERS in layers else None
    dataset = rasterio.open(path, driver=driver, sharing=False, **options)
    if GATE in layers:
        check_dataset(dataset)
    return dataset


def snapshot(*folders: Path) -> dict[str, int]:
    """What files there are, and how large."""
    return {str(path): path.lstat().st_size for folder in folders for path in folder.rglob("*")}


def attack(case: Case, place: Place, reader: ThreadPoolExecutor, layers: frozenset[str]) -> dict[str, Any]:
    """Run one case; the reading is done in the thread that is restricted, the changing in this one."""
    case.before(place)
    try:
        source = look(place, case.path)
    except OSError:
        return {"seen": 0, "end": "not there", "written": []}
    ours, during = set[str](), ThreadPoolExecutor(1)

    def change() -> None:
        if case.after is not None:
            before = snapshot(place.root, place.outside).keys()
            case.after(place)
            ours.update(snapshot(place.root, place.outside).keys() - before)

    before = snapshot(place.root, place.outside)
    during.submit(int).result()  # its thread starts here, and is free
    read = by_the_product if PRODUCT in layers else partial(by_parts, layers=layers)
    seen = reader.submit(lambda: list(read(source, lambda: during.submit(change).result()))).result(SECONDS)
    written = snapshot(place.root, place.outside).keys() - before.keys() - ours
    during.shutdown()
    return {"seen": sum(seen), "end": f"{len(seen)} reads", "written": sorted(written)}


def main(folder: Path, port: int, layers: frozenset[str], beginnings: tuple[str, ...]) -> None:
    """Run all cases whose names begin so."""
    warnings.simplefilter("ignore")
    all_of_it = PRODUCT in layers
    if all_of_it or DRIVERS in layers:
        restrict_gdal()
    (folder / "roots").mkdir()
    reach = reach_of([folder / "roots"])
    prepare = partial(restrict_thread, reach) if all_of_it or LANDLOCK in layers else None
    results = {}
    with ThreadPoolExecutor(1, initializer=prepare) as reader:
        for number, case in enumerate(cases()):
            if not case.name.startswith(beginnings) or (case.needs_descriptors and not layers & {PRODUCT, DESCRIPTORS}):
                continue
            top = folder / str(number)
            place = Place(root=folder / "roots" / str(number), outside=top / "outside", port=port)
            place.root.mkdir()
            top.mkdir()
            make_outside(place.outside)
            results[case.name] = attack(case, place, reader, layers)
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), frozenset(sys.argv[3].split(",")), tuple(sys.argv[4:]) or ("",))
