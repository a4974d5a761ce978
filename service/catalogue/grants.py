"""Whether a project may register a path of a storage root. Asked when an item is made; opening is another matter."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from service.accounts.root_grants import EVERY_ROOT, RootGrant, plain_path
from service.catalogue.storage.remote_folder import NO_SUCH_FILE
from service.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.catalogue.storage.roots import StorageRoots


async def require_grant(grants: Sequence[RootGrant], roots: StorageRoots, root: str, path: str) -> None:
    """Raise BadInput unless some grant covers a path, as it is written and as it is on the disk.

    What is not granted is refused before anything is looked up, so that the answer reveals nothing of what is there. A
    symbolic link that leads out of what was granted is reported as a missing file.
    """
    here = [grant for grant in grants if grant.root in {root, EVERY_ROOT}]
    if not here:
        names = ", ".join(sorted({_folder_name(grant) for grant in grants})) or "none; ask the operator (root.grant)"
        raise BadInput(
            "field_invalid",
            f"This project has no grant for a storage root of this name; it has: {names}.",
            field="root",
        )
    plain = plain_path(path)
    if plain is None:
        raise BadInput("field_invalid", NO_SUCH_FILE, field="path")
    if not any(grant.covers(root, plain) for grant in here):
        names = ", ".join(sorted(grant.prefix for grant in here))
        detail = f"This project may register files only in these folders of the storage root: {names}."
        raise BadInput("field_invalid", detail, field="path")
    if roots.local(root) is not None:
        real = await asyncio.to_thread(_real_path, roots.folder(root), plain)
        if real is None or not any(grant.covers(root, real) for grant in here):
            raise BadInput("field_invalid", NO_SUCH_FILE, field="path")


def _real_path(folder: Path, path: str) -> str | None:
    """Return where a path below a folder leads to without symbolic links; None where it leads out. Blocks."""
    try:
        base = folder.resolve()
        real = (base / path).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return "/".join(real.relative_to(base).parts) if real.is_relative_to(base) else None


def _folder_name(grant: RootGrant) -> str:
    return f"{grant.root}/{grant.prefix}" if grant.prefix else grant.root
