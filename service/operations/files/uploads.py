"""Putting files into a shared folder."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from sqlalchemy.exc import SQLAlchemyError

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.delivery.files.conditions import Conditions, Version, check_preconditions, precondition_failed
from service.delivery.files.destinations import Destination, Finish, Written
from service.errors import BadInput
from service.links.admission import Proof
from service.links.link import Permission
from service.links.revocation_watch import until_ended
from service.notices.notice import uploaded
from service.operations.core.invocation import note_upload
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.files.file_tree import tree_of
from service.operations.files.listing import admit, entry_output
from service.operations.files.models import FileEntry, FileUpload, FileUploaded
from service.operations.files.rules import etag_of
from service.operations.links.views import link_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from service.catalogue.storage.entry import Entry
    from service.links.admission import Admission

REORDERS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Characters that have what follows shown in another order: with one of them, `gnp.exe` is read as `exe.png`."""
NOTHING_THERE = Conditions(if_none_match=("*",))
NO_REPLACING = (
    "A file of this name already exists. To replace it, send If-Match with its ETag; "
    "to replace any version of it, send Overwrite: T."
)


async def upload_file(context: Context, request: FileUpload) -> FileUploaded:
    """Put a file into a shared folder, or begin to."""
    admission = await admit(context, request, Permission.WRITE)
    conditions = Conditions() if request.overwrite else NOTHING_THERE
    limit = context.services.files.uploads.max_bytes
    if request.content is None:
        upload_id = await begin(context, admission, request.path)
        url = upload_url(context, admission, request.path, upload_id)
        return FileUploaded(file=None, created=False, upload_url=url, max_bytes=limit)
    written = await put(context, admission, request.path, once(request.content), conditions)
    entry = await entry_of(context, admission, request.path, written)
    return FileUploaded(file=entry, created=written.created, upload_url=None, max_bytes=limit)


async def put(
    context: Context, admission: Admission, path: str, chunks: AsyncIterator[bytes], conditions: Conditions
) -> Written:
    """Write a whole file. Raises Forbidden, NotFound, Conflict, BadInput, Unavailable, and what became of the link."""
    to = await destination(context, admission, path)
    finish = _finish(context, admission, to, conditions)
    async with aclosing(while_admitted(context, admission, chunks)) as watched:
        written = await context.services.files.uploads.put(to, watched, finish)
    await report(context, admission, path, written)
    await note_upload(context, admission.link.id, path, created=written.created)
    return written


async def append(  # noqa: PLR0913  (a part has that many properties)
    context: Context,
    admission: Admission,
    path: str,
    upload_id: str,
    offset: int,
    chunks: AsyncIterator[bytes],
    *,
    is_last: bool,
    conditions: Conditions,
) -> int | Written:
    """Go on with an upload; return how much has come, or the file. Raises as `put`, and OffsetMismatch."""
    to = await destination(context, admission, path)
    finish = _finish(context, admission, to, conditions) if is_last else None
    async with aclosing(while_admitted(context, admission, chunks)) as watched:
        done = await context.services.files.uploads.append(to, upload_id, offset, watched, finish)
    if isinstance(done, Written):
        await note_upload(context, admission.link.id, path, created=done.created)
        await report(context, admission, path, done)
    return done


async def begin(context: Context, admission: Admission, path: str) -> str:
    """Begin an upload in parts; return its id."""
    return await context.services.files.uploads.begin(await destination(context, admission, path))


async def destination(context: Context, admission: Admission, path: str) -> Destination:
    """Return where a path leads to. Raises NotFound, Forbidden, BadInput where no file can be put there.

    The link lets its recipients write. A sharer who shows a Bearer in its place needs what any write on an item needs.
    """
    if admission.proof is Proof.SHARER:
        context.sharer.require(Scope.ITEMS_WRITE)
        await context.services.accounts.access.project_for(context.sharer, admission.link.project_id, Role.EDITOR)
    found = (await tree_of(context, admission)).find(path)
    if found is None or not found[0].is_folder:
        raise BadInput("field_invalid", "Files can be uploaded only into shared folders.", field="path")
    mount, rest = found
    if not rest:
        raise BadInput("field_invalid", "Give the name of the file.", field="path")
    if REORDERS.search(rest):
        problem = "A name here has a character that changes the order in which it is shown; leave it out."
        raise BadInput("field_invalid", problem, field="path")
    return Destination(folder=mount.place, path=rest, link_id=admission.link.id)


async def entry_of(context: Context, admission: Admission, path: str, written: Written) -> FileEntry:
    """Return the answer for a file that was uploaded."""
    to = await destination(context, admission, path)
    return entry_output(context, path, written.entry, to.folder.below(to.path))


def upload_url(context: Context, admission: Admission, path: str, upload_id: str) -> str:
    """Return where the parts of an upload are sent to."""
    base = link_url(context.services, admission.link)
    return f"{base}/files/{quote(path)}?{urlencode({'upload': upload_id})}"


async def report(context: Context, admission: Admission, path: str, written: Written) -> None:
    """Write a notice of a file that a recipient has put there; where SQL fails, later: the file is there."""
    if admission.proof is Proof.SHARER:
        return
    happening = uploaded(admission.link.id, path, written.entry.size or 0, datetime.now(UTC))
    try:
        await context.services.notices.notices.add(happening)
    except (SQLAlchemyError, OSError):
        context.services.notices.sightings.see(happening)


def _finish(context: Context, admission: Admission, to: Destination, conditions: Conditions) -> Finish:
    """Return what has to hold at the end: link and conditions, whatever they were at the beginning."""
    place, secret = to.folder.below(to.path), context.services.etag_secret

    def check(there: Entry | None) -> None:
        version = None
        if there is not None:
            tag = etag_of(secret, place.root, place.path, there.version)
            version = Version(etag=tag, modified=there.modified, size=there.size)
            if {"*", tag} & set(conditions.if_none_match or ()):
                raise precondition_failed("There is a file of this name already.")
            if conditions.adds_only:
                raise precondition_failed(NO_REPLACING)
        check_preconditions(conditions, version)

    async def confirm() -> None:
        await context.services.links.authorizer.confirm_again(admission)

    return Finish(confirm=confirm, check=check, keeps_same=conditions.adds_only)


async def while_admitted(context: Context, admission: Admission, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield chunks for as long as the link admits who sends them. Raises what has become of it."""
    watch = asyncio.ensure_future(until_ended(context.services.links.authorizer, admission))
    try:
        async for chunk in chunks:
            if watch.done():
                await context.services.links.authorizer.confirm_again(admission)
            yield chunk
    finally:
        watch.cancel()


async def once(content: bytes) -> AsyncIterator[bytes]:
    """Yield a file that came whole."""
    yield content


OPERATIONS = (
    Operation("share.file.upload", Scope.SHARES_READ, Effect.WRITE, Bucket.UPDATE, upload_file, for_recipients=True),
)
