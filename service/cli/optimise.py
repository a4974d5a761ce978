"""`tilegate optimise`."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.cli.one_line import Refused
from service.cli.optimising.parent import run
from service.cli.optimising.wish import Wish
from service.cli.options import json_option
from tiling.gate.sandbox import reach_of
from tiling.ingest.foreign.opening import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator


class Bands(click.ParamType[tuple[int, ...]]):
    """Numbers of bands: 1,2,3."""

    name = "1,2,3"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers. Fails with click.BadParameter."""
        words = str(value).split(",")
        if not all(word.isascii() and word.isdecimal() and int(word[:6]) > 0 for word in words):
            self.fail(f"{value!r} is no list of bands, such as 1,2,3", param, ctx)
        return tuple(int(word[:6]) for word in words)


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--subdataset", type=click.IntRange(min=1), help="Which raster of SOURCE, where it holds several.")
@click.option("--bands", type=Bands(), help="Which bands of it, in this order. Default: all.")
@click.option("--crs", help="The coordinate system that SOURCE is in, if it does not say: EPSG:32633, WKT or PROJ.")
@click.option(
    "--picture/--data",
    default=None,
    help="A picture is warped to web mercator and compressed as JPEG: its blocks are sent as they are. Data keeps its "
    "values and its coordinate system. Default: bytes in one band or in red, green and blue are a picture.",
)
@click.option("--quality", type=click.IntRange(1, 100), default=85, show_default=True, help="Of a picture's JPEG.")
@click.option("--memory", type=click.IntRange(min=64), default=4096, show_default=True, help="MiB that it may take.")
@click.option(
    "--cpu-minutes", type=click.IntRange(min=1), default=600, show_default=True, help="Of a processor, all threads."
)
@click.option("--trusted", is_flag=True, help="Read other formats also where the kernel has no Landlock.")
@click.option("--overwrite", is_flag=True, help="Replace TARGET if it is there.")
@json_option
def optimise(*, source: Path, target: Path, overwrite: bool, as_json: bool, **wishes: Any) -> None:
    """Write the raster SOURCE to TARGET as a cloud-optimized GeoTIFF with overviews; SOURCE stays as it is.

    SOURCE may have any format that GDAL reads here: GeoTIFF, JPEG 2000, NetCDF, GRIB, HDF5, VRT, Erdas Imagine,
    MBTiles, a picture with its world file … It is read by a process that reaches the folder of SOURCE and what is
    below it, and no network.
    """
    if target.exists() and not overwrite:
        raise Refused(f"{target} exists: choose another name, or --overwrite")
    if target.resolve() == source.resolve():
        raise Refused("TARGET is SOURCE: choose another name")
    with _folder_beside(target) as folder:
        wish = _wish(source.resolve(), folder, **wishes)
        written = asyncio.run(run(wish, _Line(is_shown=not as_json, target=wish.target)))
        wish.target.replace(target)
    sizes = {"source_bytes": source.stat().st_size, "target_bytes": target.stat().st_size}
    if as_json:
        click.echo(json.dumps({"path": str(target)} | written | sizes))
        return
    what = "picture, its blocks are web map tiles" if written["is_picture"] else "data, values kept"
    size, before = (count / 2**20 for count in (sizes["target_bytes"], sizes["source_bytes"]))
    click.echo(f"{target}: {what} ({written['compression']}), {size:.1f} MB (was {before:.1f} MB)")


def _wish(source: Path, folder: Path, *, subdataset: int | None, bands: tuple[int, ...] | None, **wishes: Any) -> Wish:
    return Wish(
        source=source,
        target=folder / "new.tif",
        choice=Choice(subdataset=subdataset, bands=bands or (), crs=wishes["crs"]),
        picture=wishes["picture"],
        quality=wishes["quality"],
        memory=wishes["memory"] * 2**20,
        seconds=wishes["cpu_minutes"] * 60,
        reach=reach_of([source.parent], writable=[folder]),
        trusted=wishes["trusted"],
    )


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """Lend a folder on the target's disk, in which alone may be written. Raises Refused."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.absolute().parent))
    except OSError as exc:
        raise Refused(f"{target}: the target cannot be written: {exc.strerror}") from exc
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Line:
    """A line on standard error that says how far it is; it is written anew where that is a terminal."""

    def __init__(self, *, is_shown: bool, target: Path) -> None:
        self._is_shown = is_shown
        self._is_terminal = sys.stderr.isatty()
        self._target = target

    def reading(self, part: float) -> None:
        """Show a bar."""
        if self._is_shown and (self._is_terminal or part == 1):
            done = round(part * 30)
            self._write(f"Reading  [{'#' * done}{'.' * (30 - done)}] {part:4.0%}")

    def writing(self) -> None:
        """Say that the rest is GDAL's, which does not say how far it is."""
        if self._is_shown:
            self._write("Writing the cloud-optimized GeoTIFF …")
            click.echo(err=True)

    def _write(self, text: str) -> None:
        click.echo(f"\r{text:<60}" if self._is_terminal else text, nl=not self._is_terminal, err=True)
