"""Sending a file: chosen, begun, counted, and then sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from service.catalogue.storage.entry import no_such_file
from service.delivery.files.archives import Archive
from service.delivery.files.conditions import Conditions, Selection, Version, select
from service.delivery.files.open_files import Sending
from service.errors import NotFound, TilegateError
from service.links.admission import require_permission
from service.links.link import Permission
from service.links.revocation_watch import until_ended
from service.metering.usage import Units
from service.operations.core.media_types import media_type
from service.operations.core.operation import FileAnswer
from service.operations.files.archive_plan import pack
from service.operations.files.credits import credit_files, credited_targets
from service.operations.files.file_tree import Tree, tree_of
from service.operations.files.rules import etag_of, require_whole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from service.delivery.files.open_files import Readable
    from service.links.admission import Admission
    from service.operations.core.operation import Context
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a file."""

    conditions: Conditions = Conditions()  # noqa: RUF009  (frozen)
    without_body: bool = False
    """As HEAD asks."""


async def file(context: Context, admission: Admission, path: str, wish: Wish) -> FileAnswer:
    """Answer a file; without a path the one that there is.

    Raises Forbidden, NotFound `file_not_found`, Conflict, RangeNotSatisfiable, SourceFailed, Gone, Unavailable.
    """
    found = await settled(context, admission, _file_or_tree(context, admission, path, wish, only_file=True))
    if isinstance(found, Tree):
        raise no_such_file()
    return found


async def reach(context: Context, admission: Admission, path: str, wish: Wish) -> FileAnswer | Tree:
    """Answer the file that a path leads to, as `file`; where there is none, return the tree for a folder's listing.

    One look at the disk, and one question to Redis: nothing is told of a link that was taken back.
    """
    return await settled(context, admission, _file_or_tree(context, admission, path, wish))


async def _file_or_tree(
    context: Context, admission: Admission, path: str, wish: Wish, *, only_file: bool = False
) -> FileAnswer | Tree:
    tree = await tree_of(context, admission)
    path = path or (tree.only_file if only_file else "")
    found = tree.find(path)
    if found is None:
        return tree
    mount, rest = found
    place = mount.place.below(rest)
    if not place.path:
        return tree
    try:
        opened = await context.services.files.storage.open(place, follow=not mount.is_folder)
    except NotFound:
        return tree
    try:
        require_permission(admission.link, Permission.DOWNLOAD)
        require_whole(admission.link, mount)
    except BaseException:
        opened.close()
        raise
    name, entry = path.rpartition("/")[2], opened.entry
    tag = etag_of(context.services.etag_secret, place.root, place.path, entry.version)
    about = About(name=name, media_type=media_type(name), etag=tag, modified=entry.modified, size=entry.size)
    return await answer_of(context, admission, opened, about, wish)


async def archive(context: Context, admission: Admission, paths: Sequence[str], wish: Wish) -> FileAnswer:
    """Answer a ZIP of some paths, or of all. Raises as `file`, and BadInput `archive_too_large`."""
    services, tree = context.services, await tree_of(context, admission)
    for mount in tree.mounts.values():
        require_whole(admission.link, mount)
    async with services.files.packing.of(admission.flow):  # nobody pays for it, and HEAD asks for nothing else
        packed = await pack(context, tree, paths)
        packed += credit_files(await credited_targets(context, admission), {file.name for file in packed})
        zipped = await asyncio.to_thread(Archive, services.files.storage, services.files.crcs, packed)
    about = About(
        name=f"{admission.link.name or admission.target.name}.zip",
        media_type="application/zip",
        etag=etag_of(services.etag_secret, zipped.version),
        modified=None,  # what was deleted makes an archive no older
        size=zipped.size,
    )
    return await answer_of(context, admission, zipped, about, wish)


async def settled(context: Context, admission: Admission, answering: Awaitable[T]) -> T:
    """Return an answer to a caller who was admitted without a question to Redis, once there was one: exactly one.

    What is counted has asked it. All else, a refusal too, tells nothing of a link that was taken back meanwhile.
    """
    try:
        answer = await answering
    except TilegateError:
        await context.services.links.authorizer.confirm(admission)
        raise
    if not isinstance(answer, FileAnswer) or answer.body is None:
        await context.services.links.authorizer.confirm(admission)
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What there is to say of a file."""

    name: str
    media_type: str
    etag: str
    modified: datetime | None
    size: int


async def answer_of(context: Context, admission: Admission, source: Readable, about: About, wish: Wish) -> FileAnswer:
    """Choose the part, read its first chunk, count it, and only then begin."""
    try:
        version = Version(etag=about.etag, modified=about.modified, size=about.size)
        selection = select(wish.conditions, version, datetime.now(UTC))
    except BaseException:
        source.close()
        raise
    sending = None
    if wish.without_body or selection.status == HTTPStatus.NOT_MODIFIED:
        source.close()
    else:
        sending = await Sending.begin(source, selection.start, selection.stop)
        try:
            await _count(context, admission, selection)
        except BaseException:
            await sending.close()
            raise
    return FileAnswer(
        status=selection.status,
        name=about.name,
        media_type=about.media_type,
        etag=about.etag,
        modified=about.modified,
        size=about.size,
        start=selection.start,
        stop=selection.stop,
        body=sending,
        metered=sending is not None and admission.is_metered,
        ended=partial(until_ended, context.services.links.authorizer, admission),
    )


async def _count(context: Context, admission: Admission, selection: Selection) -> None:
    """Count a download where its first byte is sent; what goes on with one adds its bytes alone."""
    services = context.services
    if not admission.is_metered:
        await services.links.authorizer.confirm(admission)
        return
    services.metering.in_flight.hold()
    units = Units(downloads=int(selection.start == 0), bytes=selection.stop - selection.start)
    await services.links.authorizer.charge(admission, units)
