"""What GDAL can do in this process: few drivers, no network, no archives.

GDAL comes with 155 drivers and 25 virtual file systems, and opens with any of them whatever a file names.
A process that reads other people's rasters needs one driver to read and two file systems; so all others are taken away
when it starts, by lists of what stays (`GDAL_SKIP` would be a list of what goes, another one for each GDAL).

It stays so: rasterio registers drivers once in a process, at its first environment. This is called after that, through
GDAL's C interface, which rasterio does not offer.
"""

import ctypes
from collections.abc import Iterable, Iterator
from typing import Final

import rasterio
from rasterio import _env

READING: Final = frozenset({"GTiff", "MEM"})
"""Drivers that tiles, values and crops need. VRT is none of them: a WarpedVRT is made, not opened."""
WRITING: Final = READING | {"COG", "VRT"}
"""What `tilegate optimise` needs beside: the COG writer makes VRTs of its own."""
FILE_SYSTEMS: Final = frozenset({"/vsimem/", "/vsipythonfilelike/"})
"""Memory, and Python's files: through these remote files come (`tiling.files.gdal_file`)."""

_STAT: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)
_OPEN: Final = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
_NOT_THERE: Final = _STAT(lambda *_: -1)
_NOT_OPENED: Final = _OPEN(lambda *_: None)
"""They live as long as the process: GDAL keeps them."""


class _Callbacks(ctypes.Structure):
    """The beginning of GDAL's VSIFilesystemPluginCallbacksStruct."""

    _fields_ = (
        ("user_data", ctypes.c_void_p),
        ("stat", _STAT),
        *((name, ctypes.c_void_p) for name in ("unlink", "rename", "mkdir", "rmdir", "read_dir")),
        ("open", _OPEN),
    )


def restrict_gdal(drivers: Iterable[str] = READING) -> None:
    """Take all other drivers and file systems from this process, for good. Call it while it has one thread.

    Raises RuntimeError where this GDAL does not let itself be restricted.
    """
    kept = frozenset(drivers)
    with rasterio.Env():
        try:
            gdal = _interface()
            for driver, name in list(_drivers(gdal)):
                if name not in kept:
                    gdal.GDALDeregisterDriver(driver)
            for prefix in _file_systems(gdal):
                if prefix not in FILE_SYSTEMS:
                    _disable(gdal, prefix)
        except AttributeError as exc:
            raise RuntimeError("GDAL's drivers cannot be taken away: its C interface is not there") from exc
    if left := registered_drivers() - kept:
        raise RuntimeError(f"GDAL's drivers {', '.join(sorted(left))} cannot be taken away")


def registered_drivers() -> frozenset[str]:
    """Return the names of the drivers that this process has, for rasters and for vectors."""
    with rasterio.Env() as environment:
        return frozenset(environment.drivers())


def _interface() -> ctypes.CDLL:
    """Return GDAL's C interface: that of the library which rasterio itself is linked with."""
    gdal = ctypes.CDLL(_env.__file__)
    gdal.GDALGetDriver.restype = ctypes.c_void_p
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
    gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    gdal.VSIGetFileSystemsPrefixes.restype = ctypes.POINTER(ctypes.c_char_p)
    gdal.VSIAllocFilesystemPluginCallbacksStruct.restype = ctypes.c_void_p
    gdal.VSIInstallPluginHandler.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    return gdal


def _drivers(gdal: ctypes.CDLL) -> Iterator[tuple[int, str]]:
    for number in range(gdal.GDALGetDriverCount()):
        driver = gdal.GDALGetDriver(number)
        yield driver, gdal.GDALGetDriverShortName(driver).decode()


def _file_systems(gdal: ctypes.CDLL) -> list[str]:
    prefixes, found = gdal.VSIGetFileSystemsPrefixes(), list[str]()
    while prefixes[len(found)] is not None:
        found.append(prefixes[len(found)].decode())
    return found


def _disable(gdal: ctypes.CDLL, prefix: str) -> None:
    """Put a file system in the place of another one that has no file."""
    address = gdal.VSIAllocFilesystemPluginCallbacksStruct()
    callbacks = _Callbacks.from_address(address)
    callbacks.stat, callbacks.open = _NOT_THERE, _NOT_OPENED
    if gdal.VSIInstallPluginHandler(prefix.encode(), address) != 0:
        raise RuntimeError(f"GDAL's {prefix} cannot be taken away")
