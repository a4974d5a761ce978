"""Files: what a recipient can list, look at, download and pack."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.catalogue.storage.entry import Entry, EntryKind, join, no_such_file
from service.cursors import cursor_text, cursor_values
from service.delivery.files.conditions import Conditions
from service.errors import NotFound
from service.links.link import Permission
from service.operations.admission.select_target import pick
from service.operations.core.fields import invalid_cursor
from service.operations.core.media_types import media_type
from service.operations.core.operation import Bucket, Context, Effect, FileAnswer, Operation
from service.operations.files import downloads
from service.operations.files.downloads import Wish
from service.operations.files.file_tree import tree_of
from service.operations.files.models import FileArchive, FileDownload, FileEntry, FileList, FilePage, FileStat
from service.operations.files.rules import etag_of

if TYPE_CHECKING:
    from service.catalogue.storage.entry import Order
    from service.delivery.files.storage import Place
    from service.links.admission import Admission
    from service.operations.admission.recipient_models import Opened
    from service.operations.files.file_tree import Tree
    from service.operations.files.mount import Mount

LOOKS_AT_ONCE = 16


async def list_files(context: Context, request: FileList) -> FilePage:
    """List a folder of what a link shares."""
    admission = await admit(context, request, Permission.VIEW)
    tree = await tree_of(context, admission)
    return await page_of(context, admission, tree, request.path, request.cursor, request.limit)


async def stat_file(context: Context, request: FileStat) -> FileEntry:
    """Return a file's size, time and ETag."""
    admission = await admit(context, request, Permission.VIEW)
    return await entry_of(context, admission, request.path)


async def download_file(context: Context, request: FileDownload) -> FileAnswer:
    """Download a file, or what is missing of it."""
    admission = await admit(context, request, Permission.DOWNLOAD, confirm=False)
    return await downloads.file(context, admission, request.path.strip("/"), _wish(request))


async def archive_files(context: Context, request: FileArchive) -> FileAnswer:
    """Download several files as one ZIP."""
    admission = await admit(context, request, Permission.DOWNLOAD, confirm=False)
    answering = downloads.archive(context, admission, request.paths, _wish(request))
    return await downloads.settled(context, admission, answering)


async def page_of(
    context: Context, admission: Admission, tree: Tree, path: str, cursor: str | None, limit: int
) -> FilePage:
    """Return a part of a folder of a tree. Raises NotFound `file_not_found`, BadInput for a cursor that none is."""
    path, after = path.strip("/"), _read_cursor(cursor)
    found = tree.find(path)
    if found is not None:
        mount, rest = found
        if not mount.is_folder:
            raise no_such_file()
        place = mount.place.below(rest)
        entries = await context.services.files.storage.page(place, after, limit + 1)
        told = [entry_output(context, join(path, entry.name), entry, place.below(entry.name)) for entry in entries]
    else:
        entries, told = await _mounted(context, tree, path, after, limit + 1)
    more = _write_cursor(entries[limit - 1].order) if len(entries) > limit else None
    can_upload = found is not None and admission.link.permission is Permission.WRITE
    return FilePage(path=path, can_upload=can_upload, entries=tuple(told[:limit]), next_cursor=more)


async def entry_of(context: Context, admission: Admission, path: str) -> FileEntry:
    """Return a file or a folder. Raises NotFound `file_not_found`."""
    tree, path = await tree_of(context, admission), path.strip("/")
    found = tree.find(path)
    if found is None:
        tree.inside(path)
        return entry_output(context, path, Entry(name=path.rpartition("/")[2], kind=EntryKind.DIRECTORY), None)
    mount, rest = found
    place = mount.place.below(rest)
    return entry_output(
        context, path, await context.services.files.storage.look(place, follow=not mount.is_folder), place
    )


async def _mounted(
    context: Context, tree: Tree, path: str, after: Order | None, limit: int
) -> tuple[list[Entry], list[FileEntry]]:
    """Return a part of a folder that is only in the tree. What has gone is left out."""
    inside = tree.inside(path)
    light = [Entry(name=name, kind=_kind(mount)) for name, mount in inside.items()]
    later = sorted((each for each in light if after is None or each.order > after), key=lambda each: each.order)
    entries, told = list[Entry](), list[FileEntry]()
    for start in range(0, len(later), LOOKS_AT_ONCE):
        some = later[start : start + LOOKS_AT_ONCE]
        looks = await asyncio.gather(*(_look(context, join(path, each.name), inside[each.name]) for each in some))
        for each, entry in zip(some, looks, strict=True):
            if entry is not None:
                entries.append(each)
                told.append(entry)
        if len(entries) >= limit:
            break
    return entries[:limit], told[:limit]


async def _look(context: Context, path: str, mount: Mount | None) -> FileEntry | None:
    if mount is None or mount.is_folder:
        return entry_output(context, path, Entry(name=path.rpartition("/")[2], kind=EntryKind.DIRECTORY), None)
    try:
        entry = await context.services.files.storage.look(mount.place, follow=True)
    except NotFound:
        return None
    return entry_output(context, path, entry, mount.place)


def _kind(mount: Mount | None) -> EntryKind:
    return EntryKind.DIRECTORY if mount is None or mount.is_folder else EntryKind.FILE


def entry_output(context: Context, path: str, entry: Entry, place: Place | None) -> FileEntry:
    """Return an entry as it is returned, under the name that it has in the tree."""
    is_file = entry.kind is EntryKind.FILE and place is not None
    name = path.rpartition("/")[2]
    secret = context.services.etag_secret
    return FileEntry(
        name=name,
        path=path,
        kind=entry.kind,
        size=entry.size if is_file else None,
        modified=entry.modified,
        etag=etag_of(secret, place.root, place.path, entry.version) if is_file and place else None,
        media_type=media_type(name) if is_file else None,
    )


async def admit(context: Context, request: Opened, needs: Permission, *, confirm: bool = True) -> Admission:
    """Admit a recipient to the files of a link, or of one of its targets. `confirm`: as for `Authorizer.admit`."""
    authorizer = context.services.links.authorizer
    credential = context.credential_with(password=request.password, key=request.key)
    admission = await authorizer.admit(request.token, credential, context.client, needs=needs, confirm=confirm)
    return await pick(context, admission, request.item)


def _wish(request: FileDownload | FileArchive) -> Wish:
    first = f"bytes={request.offset}-" if request.offset else None
    return Wish(conditions=Conditions(range=first, if_match=(request.etag,) if request.etag else None))


def _write_cursor(order: Order) -> str:
    return cursor_text(order[0], order[2])


def _read_cursor(cursor: str | None) -> Order | None:
    if cursor is None:
        return None
    try:
        is_file, name = cursor_values(cursor, bool, str)
        return Entry(name=name, kind=EntryKind.FILE if is_file else EntryKind.DIRECTORY).order
    except ValueError as exc:
        raise invalid_cursor() from exc


OPERATIONS = (
    Operation("share.file.list", Scope.SHARES_READ, Effect.READ, Bucket.LIST, list_files, for_recipients=True),
    Operation("share.file.stat", Scope.SHARES_READ, Effect.READ, Bucket.READ, stat_file, for_recipients=True),
    Operation("share.file.download", Scope.SHARES_READ, Effect.READ, Bucket.TILES, download_file, for_recipients=True),
    Operation(
        "share.file.archive",
        Scope.SHARES_READ,
        Effect.READ,
        Bucket.READ,
        archive_files,
        for_recipients=True,
        media_type="application/zip",
    ),
)
