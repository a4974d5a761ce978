"""`tilegate doctor`."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.examination.backends import look_at_backends
from service.cli.examination.finding import Finding
from service.cli.examination.outside import look_outside
from service.cli.examination.raster import look_at_raster
from service.cli.options import data_option, json_option, load_settings
from service.cli.reading import restrict_reading
from service.delivery.sandbox import TCP_SINCE, render_reach
from tiling.errors import TilingError
from tiling.gate.gdal_lockdown import FILE_SYSTEMS, READING, registered_drivers
from tiling.gate.landlock import landlock_version, restrict_thread

if TYPE_CHECKING:
    from service.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@click.command()
@click.argument("raster", required=False, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@data_option
@json_option
def doctor(raster: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Report what protects this installation and what it stands on; exit code 1 where something is missing.

    RASTER: report how this raster would be served instead, and what could be better.
    """
    restrict_reading()
    findings = _raster(raster) if raster is not None else _installation(load_settings(data_dir=data_dir))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'ok' if finding.is_fine else 'NOT OK':<7} {finding.what:<16} {finding.found}")
    if not all(finding.is_fine for finding in findings):
        raise click.exceptions.Exit(1)


def _raster(path: Path) -> list[Finding]:
    try:
        return look_at_raster(path)
    except TilingError as exc:
        return [Finding(what="raster", is_fine=False, found=f"cannot be served: {exc}")]


def _installation(settings: Settings) -> list[Finding]:
    protection = [_landlock(settings), _drivers(), _data_folder(settings), *_roots(settings)]
    return [*protection, *asyncio.run(_what_it_stands_on(settings))]


async def _what_it_stands_on(settings: Settings) -> list[Finding]:
    return [*await look_at_backends(settings), *await look_outside(settings)]


def _landlock(settings: Settings) -> Finding:
    """Restrict a thread as render threads are, and have it try to read what it must not."""
    what, version = "Landlock", landlock_version()
    if version == 0:
        found = "missing: the kernel (Linux 5.13) or the container does not offer it; one line of defence less"
        return Finding(what=what, is_fine=False, found=found)
    if settings.sandbox == "off":
        return Finding(what=what, is_fine=False, found="switched off: TILEGATE_SANDBOX=off")
    if not settings.data_dir.is_dir():
        return Finding(what=what, is_fine=True, found=f"version {version}")
    reach = render_reach(settings)
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(restrict_thread, reach).result()
            leaks = thread.submit(_can_list, settings.data_dir).result()
        except OSError as exc:
            return Finding(what=what, is_fine=False, found=f"refused by the kernel: {exc.strerror}")
    if leaks:
        return Finding(what=what, is_fine=False, found="render threads can list the data folder: move it")
    tcp = "connect to nobody" if version >= TCP_SINCE else "may still connect by TCP (Linux 6.7 forbids it)"
    found = f"version {version}: render threads cannot list the data folder, write nothing and {tcp}"
    return Finding(what=what, is_fine=True, found=found)


def _can_list(folder: Path) -> bool:
    try:
        os.listdir(folder)  # noqa: PTH208  (no rights but these are used)
    except OSError:
        return False
    return True


def _drivers() -> Finding:
    left = registered_drivers()
    file_systems = f"file systems {', '.join(sorted(FILE_SYSTEMS))}; curl off"
    found = f"GDAL has the drivers {', '.join(sorted(left))} and the {file_systems}"
    return Finding(what="GDAL", is_fine=left <= READING, found=found)


def _data_folder(settings: Settings) -> Finding:
    what = "data folder"
    if not settings.data_dir.is_dir():
        return Finding(what=what, is_fine=True, found="is not there yet; it is made for its owner alone")
    mode = stat.S_IMODE(settings.data_dir.stat().st_mode)
    todo = f": chmod 700 {settings.data_dir}" if mode & OTHERS else ""
    return Finding(what=what, is_fine=not mode & OTHERS, found=f"mode {mode:o}{todo}")


def _roots(settings: Settings) -> list[Finding]:
    findings = []
    for name, folder in settings.folders.items():
        is_fine = os.access(folder, os.R_OK | os.X_OK) and folder.is_dir()
        found = "can be read" if is_fine else "is not there, or may not be read by this user"
        findings.append(Finding(what=f"root {name}", is_fine=is_fine, found=found))
    return findings
