"""The text in an archive that names whom its files are due to, and by which licence they may be used."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from service.catalogue.credit import credit_line
from service.catalogue.storage.entry import CONTROL, Entry, EntryKind
from service.delivery.files.archives import Packed
from service.delivery.files.storage import Place
from service.operations.admission.select_target import shared_targets

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from service.catalogue.collection import LinkTarget
    from service.links.admission import Admission
    from service.operations.core.operation import Context

NAME = "ATTRIBUTION.txt"
HEADING = "Attribution and licences of the files in this archive"


async def credited_targets(context: Context, admission: Admission) -> list[LinkTarget]:
    """Return what a caller was admitted to, with attribution or licence: all of a bundle, or the one picked."""
    if admission.picked is None and admission.link.targets:
        targets = [shared.target for shared in await shared_targets(context, admission)]
    else:
        targets = [admission.target]
    return [target for target in targets if credit_line(target)]


def credit_files(targets: Sequence[LinkTarget], taken: Container[str]) -> list[Packed]:
    """Return the text as a file of an archive, under a name that is not taken; none where there is nothing to say."""
    if not targets:
        return []
    content = "\n".join([HEADING, *(_paragraph(target) for target in targets)]).encode()
    names = [NAME, *(f"ATTRIBUTION ({number}).txt" for number in range(2, 100))]
    name = next((name for name in names if name not in taken), NAME)
    version = blake2b(content, digest_size=16).hexdigest()
    entry = Entry(name=name, kind=EntryKind.FILE, size=len(content), version=version)
    return [Packed(name=name, place=Place(root="", path=""), entry=entry, content=content)]


def _paragraph(target: LinkTarget) -> str:
    lines = ["", CONTROL.sub(" ", target.name)]
    if target.attribution:
        lines.append(f"  {target.attribution}")
    if target.license is not None:
        lines.append(f"  {target.license.name}: {target.license.address}")
    return "\n".join(lines) + "\n"
