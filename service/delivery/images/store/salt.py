"""What decides pixels beside a tile's key: our code, the libraries that it paints with, and what operators set."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import rasterio

import tiling
from service.delivery import images
from service.storage_root import RemoteRoot
from tiling.render import RENDERER_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

PAINTING_LIBRARIES = ("isal", "morecantile", "numpy", "pillow", "rasterio", "rio-tiler", "shapely", "simplejpeg")
"""Of which another version may decode, place, paint or encode in another way."""
SALT_BYTES = 16


def render_salt(roots: Mapping[str, Path | RemoteRoot], font: Path | None) -> bytes:
    """Return 16 bytes that change whenever the same key may stand for other pixels than before. Blocks.

    Code counts by its text, so that nobody has to remember to raise a number. A remote root counts by its definition:
    a file in it is named by the root's name.
    """
    digest = hashlib.blake2b(_code_digest(), digest_size=SALT_BYTES)
    remote = sorted((name, repr(root)) for name, root in roots.items() if isinstance(root, RemoteRoot))
    digest.update(repr(remote).encode())
    if font is not None:
        digest.update(font.read_bytes())
    return digest.digest()


@cache
def _code_digest() -> bytes:
    """Blocks."""
    digest = hashlib.blake2b(RENDERER_VERSION.encode(), digest_size=SALT_BYTES)
    for package in (tiling, images):
        _add_code(digest, package)
    gdal, proj, geos = (getattr(rasterio, f"__{name}_version__", "") for name in ("gdal", "proj", "geos"))
    libraries = [f"{name} {_version(name)}" for name in PAINTING_LIBRARIES]
    digest.update(repr([gdal, proj, geos, *libraries]).encode())
    return digest.digest()


def _add_code(digest: hashlib.blake2b, package: ModuleType) -> None:
    for place in package.__path__:
        folder = Path(place)
        for file in sorted(folder.rglob("*.py")):
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # installed without its metadata
        return ""
