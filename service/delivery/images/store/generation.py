"""One LMDB file of the tile store: written until it is full, then read until the next one is full."""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import lmdb
from isal import isal_zlib

from service.delivery.images.store.image_bytes import LARGEST
from service.delivery.images.store.pages import Torn, check_trees, meta_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_READERS = 512
"""Reads of all workers at once: each takes one slot for as long as a worker lives."""
NAME_BYTES = 16
"""Of each name."""
CHECKSUM = 4
"""Bytes before each value."""
_LARGEST_VALUE = LARGEST + 1024

Full = lmdb.MapFullError
StoreError = lmdb.Error
BROKEN = (
    Torn,
    lmdb.BadTxnError,
    lmdb.CorruptedError,
    lmdb.InvalidError,
    lmdb.PageNotFoundError,
    lmdb.PanicError,
    lmdb.VersionMismatchError,
)
"""What only a new file helps against."""


class Generation:
    """Opened by each process for itself: an LMDB environment must not be taken along by a fork.

    Written by one thread of a process at a time, and by as many processes as there are. What is there is not written
    again: LMDB would believe the old value's head to free its pages.
    """

    def __init__(self, path: Path, environment: lmdb.Environment) -> None:
        self.path = path
        self._environment = environment
        self._process = os.getpid()

    @classmethod
    def open(cls, path: Path, max_bytes: int) -> Self:
        """Open a file that exists; an empty one becomes a store. Blocks. Raises Torn, StoreError, OSError."""
        if path.stat().st_size:
            with _mapped(path) as data:
                meta_pages(data)
        environment = lmdb.open(
            str(path),
            map_size=max_bytes,
            subdir=False,
            create=True,
            mode=0o600,
            metasync=False,  # a machine that dies may forget the last batch, and no more
            meminit=False,
            max_readers=MAX_READERS,
            max_spare_txns=4,
        )
        try:
            environment.reader_check()
            _check(path, environment)
        except BaseException:
            environment.close()
            raise
        return cls(path, environment)

    def get(self, name: bytes) -> bytes | None:
        """Return what was put under a name. Takes microseconds where the system has it in memory.

        Raises StoreError; Torn for what was not written under that name.
        """
        if os.getpid() != self._process:
            return None
        with self._environment.begin() as transaction:
            value = transaction.get(name)
        if value is None:
            return None
        data = bytes(value[CHECKSUM:])
        if _checksum(name, data) != value[:CHECKSUM]:
            raise Torn("a value in it is not what was written")
        return data

    def put(self, images: Iterable[tuple[bytes, bytes]]) -> None:
        """Write names and what they stand for, all or nothing. Blocks. Raises Full, StoreError."""
        with self._environment.begin(write=True) as transaction:
            for name, data in images:
                transaction.put(name, _checksum(name, data) + data, overwrite=False)

    def close(self) -> None:
        """Unmap the file. Nobody may be reading."""
        if os.getpid() == self._process:
            self._environment.close()


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        yield mapped


def _check(path: Path, environment: lmdb.Environment) -> None:
    """Raise Torn unless all pages of the latest state are sound: within a transaction, so that none is used anew."""
    with environment.begin() as transaction, _mapped(path) as data:
        current = [meta for meta in meta_pages(data) if meta.transaction == transaction.id()]
        if not current:
            raise Torn("none of its meta pages is the latest")
        check_trees(data, current[0], _LARGEST_VALUE, NAME_BYTES)


def _checksum(name: bytes, data: bytes) -> bytes:
    return int(isal_zlib.crc32(data, isal_zlib.crc32(name))).to_bytes(CHECKSUM, "big")
