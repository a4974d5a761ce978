"""The folder of all seeds: one for each item, one in it for each look, whose wish and progress lie in files."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from service.delivery.images.seeds.seed import Progress, Seed, Wish

if TYPE_CHECKING:
    from pathlib import Path

    from service.identifiers import ItemId

WISH, PROGRESS, LOCK = "wish.json", "progress.json", "lock"
_WISHES, _PROGRESSES = TypeAdapter(Wish), TypeAdapter(Progress)

logger = logging.getLogger(__name__)


class SeedFolder:
    """Finds, begins and removes seeds. Every method blocks, and raises OSError. Safe among processes and crashes.

    Each file of words is replaced as a whole. What is written beside them is written by who holds the seed's lock,
    which the kernel drops when its holder dies.
    """

    def __init__(self, root: Path) -> None:
        """`root` need not be there yet."""
        self.root = root

    def all(self) -> list[Seed]:
        """Return all seeds."""
        if not self.root.is_dir():
            return []
        return [seed for item in sorted(self.root.iterdir()) if item.is_dir() for seed in _seeds_in(item)]

    def of_item(self, item_id: ItemId) -> list[Seed]:
        """Return an item's seeds."""
        folder = self.root / item_id
        return _seeds_in(folder) if folder.is_dir() else []

    def find(self, wish: Wish) -> Seed | None:
        """Return the seed of the same item and look, whatever it has of them."""
        return _seed_in(self.place(wish))

    def place(self, wish: Wish) -> Path:
        """Return where a seed lies."""
        return self.root / wish.item_id / wish.look

    def ask(self, wish: Wish) -> Seed:
        """Have a seed made: a worker finds it here. One of the same look becomes this one."""
        place = self.place(wish)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = _seed_in(place)
        progress = Progress() if known is None else replace(known.progress, state=Progress().state, detail="")
        _replace(place / WISH, _WISHES.dump_json(wish))
        self.report(wish, progress)
        return Seed(wish=wish, progress=progress)

    def report(self, wish: Wish, progress: Progress) -> None:
        """Write how far a seed is. Raises FileNotFoundError where it was removed."""
        _replace(self.place(wish) / PROGRESS, _PROGRESSES.dump_json(progress))

    def lock(self, wish: Wish) -> int | None:
        """Return a descriptor that holds a seed's lock until it is closed; None where another process has it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self.place(wish) / LOCK, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def remove(self, wish: Wish) -> None:
        """Remove a seed but for its lock: who is making it holds that until they notice."""
        place = self.place(wish)
        (place / WISH).unlink(missing_ok=True)
        for path in place.iterdir() if place.is_dir() else ():
            if path.name != LOCK:
                path.unlink(missing_ok=True)

    def remove_item(self, item_id: ItemId) -> None:
        """Remove all seeds of an item."""
        shutil.rmtree(self.root / item_id, ignore_errors=True)

    def used_bytes(self) -> int:
        """Return what all files take, unfinished ones too."""
        return sum(path.lstat().st_size for path in self.root.glob("*/*/*"))

    def free_bytes(self) -> int:
        """Return how much room the disk has."""
        return shutil.disk_usage(self.root).free


def _seeds_in(folder: Path) -> list[Seed]:
    found = (_seed_in(place) for place in sorted(folder.iterdir()))
    return [seed for seed in found if seed is not None]


def _seed_in(place: Path) -> Seed | None:
    """Return the seed of a folder; None where there is none, or where it is not ours to read."""
    try:
        wish = _WISHES.validate_json((place / WISH).read_bytes())
        progress = _PROGRESSES.validate_json((place / PROGRESS).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError as exc:
        logger.warning("the seed in %s cannot be read (%d errors): remove it", place, exc.error_count())
        return None
    if (place.parent.name, place.name) != (wish.item_id, wish.look):
        return None
    return Seed(wish=wish, progress=progress)


def _replace(path: Path, data: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, data)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
