"""The second line of defence: what a thread or process that reads rasters can reach, should GDAL be led astray.

The first line is that GDAL only gets descriptors (`tiling.files.raster_files`), GeoTIFFs that pass
(`tiling.gate.validate`), and one driver (`tiling.gate.gdal_lockdown`). Here the kernel is asked to hold it to the
storage roots (`tiling.gate.landlock`).
"""

import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import rasterio

from tiling.files.scratch import SCRATCH
from tiling.gate.gdal_lockdown import READING, restrict_gdal
from tiling.gate.landlock import Reach, existing, restrict_thread

_SYSTEM: Final = (
    *(
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
    ),  # libraries that are loaded late
    *("/usr/share/zoneinfo", "/etc/localtime"),
    *("/dev/null", "/dev/urandom", "/dev/random"),
    *("/proc/meminfo", "/proc/cpuinfo", "/sys/devices/system/cpu"),
)
_CODE: Final = ("stdlib", "platstdlib", "purelib", "platlib")
"""Where Python's own modules and those of packages are, with the data of GDAL and PROJ."""


def reach_of(roots: Iterable[str | Path], *, more: Iterable[str | Path] = (), writable: Iterable[Path] = ()) -> Reach:
    """Return what reading rasters beneath folders needs: nothing else of this machine, and no network. Blocks.

    `more`: further folders and files to read. `writable`: folders to write in. Make it in a thread that is not
    restricted, and for a child process in its parent: the folder for sidecars' names is made here, and removed when the
    process that made it ends.
    """
    code: list[str | Path] = [Path(rasterio.__file__).parent, Path(__file__).parents[1]]
    code += [sysconfig.get_path(name) for name in _CODE]
    return Reach(
        readable=existing((*_SYSTEM, *code, *roots, *more)),
        linkable=str(SCRATCH.folder),
        writable=existing(writable),
    )


def restrict_process(reach: Reach, drivers: Iterable[str] = READING) -> int:
    """Hold a process to what reading rasters needs. Call it in its first thread, before it starts others. Blocks.

    Returns the version of Landlock, 0 where the kernel has none: drivers and file systems are taken away all the same.
    The threads that numpy starts when it is imported stay free; they calculate, and never run GDAL. Raises OSError,
    RuntimeError.
    """
    SCRATCH.adopt(Path(reach.linkable))
    restrict_gdal(drivers)
    return restrict_thread(reach)
