"""What the threads that render can reach, should a raster lead GDAL astray: the storage roots, and nothing else."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from service.errors import Misconfigured
from tiling.gate.landlock import Reach, landlock_version, restrict_thread
from tiling.gate.sandbox import reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from service.settings import Settings

logger = logging.getLogger(__name__)
TCP_SINCE = 4


def render_reach(settings: Settings, writable: Iterable[Path] = ()) -> Reach:
    """Return what reading rasters needs: local roots, overviews of collections, code and its data. Blocks.

    Of the data folder it holds nothing else, neither the master key nor a database. A root that is not there yet is not
    in it. `writable`: for a process that also writes, such as one that builds overviews.
    """
    overviews = settings.data_dir / "overviews"
    overviews.mkdir(mode=0o700, parents=True, exist_ok=True)
    fonts = () if settings.watermark_font is None else (settings.watermark_font,)
    return reach_of(settings.folders.values(), more=(overviews, *fonts), writable=writable)


def thread_sandbox(settings: Settings) -> Callable[[], None] | None:
    """Return what each render thread calls first; None where it stays as it is. Blocks.

    The log says which. Raises Misconfigured where the settings require what the kernel has not.
    """
    if settings.sandbox == "off":
        logger.warning("render threads are not held to the storage roots: TILEGATE_SANDBOX=off")
        return None
    reach = render_reach(settings)
    version, reason = _try(reach)
    if version == 0:
        if settings.sandbox == "require":
            raise Misconfigured("misconfigured", f"TILEGATE_SANDBOX=require, but {reason}")
        logger.warning("render threads are not held to the storage roots: %s", reason)
        return None
    tcp = "no TCP" if version >= TCP_SINCE else "TCP stays open"
    logger.info("render threads are held to the storage roots by Landlock %d (%s)", version, tcp)
    for name, folder in settings.folders.items():
        if not folder.is_dir():
            logger.warning("storage root %s is not there: once it is, send SIGHUP", name)
    return partial(_restrict, reach)


def job_reach(settings: Settings, writable: Iterable[Path] = ()) -> Reach | None:
    """Return what a process of the heavy lane may reach, as a whole; None where it stays as it is. Blocks."""
    return None if settings.sandbox == "off" else render_reach(settings, writable)


def _try(reach: Reach) -> tuple[int, str]:
    """Restrict a thread that ends at once; return the version, or 0 and why not."""
    if landlock_version() == 0:
        return 0, "the kernel has no Landlock, or it is switched off"
    with ThreadPoolExecutor(1) as thread:
        try:
            return thread.submit(restrict_thread, reach).result(), ""
        except OSError as exc:
            return 0, f"the kernel refuses it: {exc.strerror}"


def _restrict(reach: Reach) -> None:
    """Restrict this thread. Failing to is only logged: the same has worked a moment ago."""
    try:
        restrict_thread(reach)
    except OSError as exc:
        logger.error("a render thread is not held to the storage roots: %s", exc.strerror)  # noqa: TRY400
