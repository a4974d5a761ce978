"""`tilegate optimise`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from service.cli.one_line import Refused
from service.cli.options import json_option
from service.cli.reading import restrict_reading
from tiling.errors import TilingError
from tiling.gate.gdal_lockdown import WRITING
from tiling.ingest.optimise import optimise as optimise_raster


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--picture/--data",
    default=None,
    help="A picture is warped to web mercator and compressed as JPEG: its blocks are sent as they are. Data keeps its "
    "values and its coordinate system. Default: bytes in one band or in red, green and blue are a picture.",
)
@click.option("--quality", type=click.IntRange(1, 100), default=85, show_default=True, help="Of a picture's JPEG.")
@click.option("--overwrite", is_flag=True, help="Replace TARGET if it is there.")
@json_option
def optimise(*, source: Path, target: Path, picture: bool | None, quality: int, overwrite: bool, as_json: bool) -> None:
    """Write the GeoTIFF SOURCE to TARGET as a cloud-optimized GeoTIFF with overviews; SOURCE stays as it is."""
    if target.exists() and not overwrite:
        raise Refused(f"{target} exists: choose another name, or --overwrite")
    if target.resolve() == source.resolve():
        raise Refused("TARGET is SOURCE: choose another name")
    restrict_reading(WRITING)
    if not as_json:
        click.echo(f"Writing {target} …", err=True)
    try:
        written = optimise_raster(source.absolute(), target.absolute(), quality=quality, picture=picture)
    except TilingError as exc:
        raise Refused(f"{source}: {exc}") from exc
    sizes = {"source_bytes": source.stat().st_size, "target_bytes": target.stat().st_size}
    if as_json:
        click.echo(json.dumps({"path": str(target)} | asdict(written) | sizes))
        return
    what = "picture, its blocks are web map tiles" if written.is_picture else "data, values kept"
    size, before = (count / 2**20 for count in (sizes["target_bytes"], sizes["source_bytes"]))
    click.echo(f"{target}: {what} ({written.compression}), {size:.1f} MB (was {before:.1f} MB)")
