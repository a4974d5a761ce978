"""Quarantine: versions of files that processes died of are not read any more."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.errors import SourceFailed
from tiling.files.last_read import version_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.catalogue.suspects import SuspectStore
    from tiling.files.raster_source import RasterSource

LOOK_SECONDS = 0.25
"""How often it is looked whether a process of this machine has changed something."""
RELOAD_SECONDS = 10.0
"""How often SQL is asked, for what other machines changed."""

logger = logging.getLogger(__name__)


def changed_file(data_dir: Path) -> Path:
    """Return the file whose time of change says when a process of this machine changed what is in quarantine."""
    return data_dir / "run" / "quarantine"


def touch(file: Path) -> None:
    """Have the workers of this machine look at SQL. Blocks briefly. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


class Quarantine:
    """Knows what must not be read, in memory: to check costs a render nothing that could be measured.

    Failure policy: while SQL cannot be asked, what is known stays so. What is blamed meanwhile is lost, with a word in
    the log.
    """

    def __init__(self, store: SuspectStore, data_dir: Path) -> None:
        self._store = store
        self._file = changed_file(data_dir)
        self._keys = frozenset[bytes]()
        self._seen_at = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in quarantine."""
        return not self._keys

    def check(self, source: RasterSource) -> None:
        """Raise SourceFailed `quarantined` for a version that must not be read."""
        if self._keys and version_key(source) in self._keys:
            detail = (
                "This file is in quarantine: reading it crashed the service twice. "
                "Replace the file, or have an admin lift the quarantine."
            )
            raise SourceFailed("quarantined", detail)

    async def blame(self, sources: Sequence[RasterSource]) -> None:
        """Count a death for each of them: one of them may be what a process died of."""
        try:
            await self._store.blame([version_key(source) for source in sources])
        except (SQLAlchemyError, OSError) as exc:
            logger.error("what a process died of cannot be recorded: %s", type(exc).__name__)  # noqa: TRY400
            return
        await self._changed()

    async def lift(self, source: RasterSource) -> None:
        """Have a version read again, and forgive what was counted. Raises SQLAlchemyError, OSError."""
        await self._store.forget(version_key(source))
        await self._changed()

    async def load(self) -> None:
        """Ask SQL. Raises SQLAlchemyError, OSError."""
        before, self._keys = self._keys, await self._store.guilty()
        if new := len(self._keys - before):
            logger.warning("%d versions of files are in quarantine, %d more than before", len(self._keys), new)

    async def run(self) -> None:
        """Keep up with other processes, until cancelled."""
        waited = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS
            changed_at = await asyncio.to_thread(_changed_at, self._file)
            if changed_at == self._seen_at and waited < RELOAD_SECONDS:
                continue
            try:
                await self.load()
            except (SQLAlchemyError, OSError) as exc:
                logger.warning("quarantine not looked up: %s", type(exc).__name__)
            self._seen_at, waited = changed_at, 0.0

    async def _changed(self) -> None:
        await self.load()
        await asyncio.to_thread(touch, self._file)


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
