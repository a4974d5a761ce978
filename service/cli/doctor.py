"""`tilegate doctor`."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.options import data_option, json_option, load_settings
from service.cli.reading import restrict_reading
from service.delivery.sandbox import TCP_SINCE, render_reach
from tiling.gate.gdal_lockdown import FILE_SYSTEMS, READING, registered_drivers
from tiling.gate.landlock import landlock_version, restrict_thread

if TYPE_CHECKING:
    from service.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_fine: bool
    found: str
    """What is so, and what to do where it is not fine."""


@click.command()
@data_option
@json_option
def doctor(data_dir: Path | None, *, as_json: bool) -> None:
    """Report what protects this installation from the rasters that it reads; exit code 1 where something is missing."""
    restrict_reading()
    settings = load_settings(data_dir=data_dir)
    findings = [_landlock(settings), _drivers(), _data_folder(settings), *_roots(settings)]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'ok' if finding.is_fine else 'NOT OK':<7} {finding.what:<16} {finding.found}")
    if not all(finding.is_fine for finding in findings):
        raise click.exceptions.Exit(1)


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
