"""Dropping files into a folder: they go in, and nothing of what lies there is told, not even that a name is taken.

The room of a file is taken before it comes, so its size is said first; of many uploads at once none gets what another
one has. It gets another name where its own is taken by anything, and replaces nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from service.accounts.api_keys import Scope
from service.catalogue.storage.entry import no_such_file
from service.delivery.files.destinations import Destination, Finish
from service.delivery.files.uploads import new_upload_id
from service.errors import BadInput
from service.links.file_types import ENDINGS, begins_as, type_by_name
from service.links.link import Permission
from service.operations.core.invocation import note_upload
from service.operations.core.operation import Bucket, Context, Effect, Operation
from service.operations.files import uploads
from service.operations.files.drop_models import MAX_NAME_BYTES, DropLimits, FileDrop, FileDropped
from service.operations.links.views import link_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.catalogue.storage.entry import Entry
    from service.delivery.files.destinations import Written
    from service.links.admission import Admission
    from service.links.link import Link

BELONGS_TO_ANOTHER = (".ovr", ".msk", ".aux", ".aux.xml", ".vat.dbf", ".imd", ".rpb", ".tfw", ".tifw", ".wld", ".prj")
"""Endings of files that say how another one is read: dropped beside it, they would change it."""
OTHER_NAME_BYTES = 4


async def drop_file(context: Context, request: FileDrop) -> FileDropped:
    """Put a file into a folder that is not shown, or begin to.

    The answer is the same whatever lies there: a file whose name is taken is kept under another one.
    """
    credential = context.credential_with(password=request.password, key=request.key)
    admission = await context.services.links.authorizer.admit(
        request.token, credential, context.client, needs=Permission.DROP
    )
    if (request.content is None) is (request.size is None):
        raise BadInput("field_missing", "Give content, or the size of a file that is sent in parts.", field="content")
    most = max_bytes(context, admission.link)
    if request.content is not None:
        size = await put(context, admission, request.name, len(request.content), uploads.once(request.content))
        return FileDropped(name=request.name, size=size, upload_url=None, max_bytes=most)
    size = request.size or 0
    upload_id = await begin(context, admission, request.name, size)
    url = f"{drop_url(context, admission.link)}/{quote(request.name)}?{urlencode({'upload': upload_id})}"
    return FileDropped(name=request.name, size=size, upload_url=url, max_bytes=most)


async def put(context: Context, admission: Admission, name: str, size: int, chunks: AsyncIterator[bytes]) -> int:
    """Take a whole file of a size; return it. Raises as `begin`, and what became of the link."""
    to, upload_id = await _destination(context, admission, name, size), new_upload_id()
    await _reserve(context, admission, upload_id, size)
    ending = _Ending(context, admission, upload_id, name)
    try:
        async with aclosing(uploads.while_admitted(context, admission, chunks)) as watched:
            written = await context.services.files.uploads.put(to, watched, ending.finish)
    except BaseException:
        await asyncio.shield(_release(context, admission, upload_id))
        raise
    await _keep(context, admission, upload_id, written)
    return size


async def begin(context: Context, admission: Admission, name: str, size: int) -> str:
    """Begin an upload in parts; return its id. Raises Forbidden, BadInput, Gone, Unavailable."""
    to, upload_id = await _destination(context, admission, name, size), new_upload_id()
    await _reserve(context, admission, upload_id, size)
    try:
        return await context.services.files.uploads.begin(to, upload_id)
    except BaseException:
        await asyncio.shield(_release(context, admission, upload_id))
        raise


async def append(
    context: Context,
    admission: Admission,
    name: str,
    upload_id: str,
    offset: int,
    chunks: AsyncIterator[bytes],
    *,
    is_last: bool,
) -> int | Written:
    """Go on with an upload; return how much has come, or that it is whole. Raises as `begin`, NotFound, OffsetMismatch.

    What has come of a part that breaks off stays; a file that is refused when it is whole goes.
    """
    to = await _begun(context, admission, name, upload_id)
    ending = _Ending(context, admission, upload_id, name)
    try:
        async with aclosing(uploads.while_admitted(context, admission, chunks)) as watched:
            finish = ending.finish if is_last else None
            done = await context.services.files.uploads.append(to, upload_id, offset, watched, finish)
    except BaseException:
        if ending.has_begun:
            await asyncio.shield(_give_up(context, admission, to, upload_id))
        raise
    if not isinstance(done, int):
        await _keep(context, admission, upload_id, done)
    return done


async def offset_of(context: Context, admission: Admission, name: str, upload_id: str) -> int:
    """Return how much of an upload has come. Raises NotFound."""
    return await context.services.files.uploads.offset(await _begun(context, admission, name, upload_id), upload_id)


async def cancel(context: Context, admission: Admission, name: str, upload_id: str) -> None:
    """Give an upload up. Raises NotFound."""
    await _give_up(context, admission, await _begun(context, admission, name, upload_id), upload_id)


def max_bytes(context: Context, link: Link) -> int:
    """Return how large a file may be that is dropped."""
    most = context.services.files.uploads.max_bytes
    limits = (most, link.drop_file_bytes, link.drop_total_bytes)
    return min(limit for limit in limits if limit is not None)


def limits_of(context: Context, link: Link) -> DropLimits:
    """Return what a link takes."""
    endings = tuple(ending for ending, kind in ENDINGS.items() if kind in link.drop_types)
    return DropLimits(
        max_bytes=max_bytes(context, link), types=link.drop_types, endings=endings, url=drop_url(context, link)
    )


def drop_url(context: Context, link: Link) -> str:
    """Return where files are put."""
    return f"{link_url(context.services, link)}/drop"


class _Ending:
    """An upload that becomes a file."""

    def __init__(self, context: Context, admission: Admission, upload_id: str, name: str) -> None:
        self._context, self._admission, self._upload_id, self._name = context, admission, upload_id, name
        self.has_begun = False

    @property
    def finish(self) -> Finish:
        """What has to hold at the end."""
        return Finish(confirm=self._confirm, check=_nothing_to_check, look=self._look, other_name=_other_name)

    async def _confirm(self) -> None:
        services = self._context.services
        await services.links.authorizer.confirm_again(self._admission)
        self.has_begun = await services.files.drops.end(self._admission.link.id, self._upload_id)
        if not self.has_begun:
            raise no_such_file()

    def _look(self, head: bytes) -> None:
        kind, allowed = type_by_name(self._name), self._admission.link.drop_types
        if allowed and (kind is None or not begins_as(kind, head)):
            raise BadInput("field_invalid", "The file is not what its name says; give it its right name.", field="name")


async def _destination(context: Context, admission: Admission, name: str, size: int) -> Destination:
    """Return where a file goes. Raises BadInput for a name, a kind or a size that the link does not take, and more."""
    link = admission.link
    if "/" in name or not name or name.startswith(".") or len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        detail = f"Give the file a plain name of at most {MAX_NAME_BYTES} bytes, without a folder or a dot in front."
        raise BadInput("field_invalid", detail, field="name")
    if name.lower().endswith(BELONGS_TO_ANOTHER):
        detail = "A file of this name says how another one is read; put both into a ZIP, or into one file."
        raise BadInput("field_invalid", detail, field="name")
    if link.drop_types and type_by_name(name) not in link.drop_types:
        kinds = ", ".join(limits_of(context, link).endings)
        raise BadInput("field_invalid", f"This link takes files of these kinds: {kinds}.", field="name")
    most = max_bytes(context, link)
    if size > most:
        raise BadInput("upload_too_large", f"The file is too large: at most {most:,} bytes.")
    to = await uploads.destination(context, admission, name)
    return Destination(folder=to.folder, path=to.path, link_id=to.link_id, max_bytes=size)


async def _begun(context: Context, admission: Admission, name: str, upload_id: str) -> Destination:
    """Return where an upload goes that was begun. Raises NotFound."""
    size = await context.services.files.drops.size_of(admission.link.id, upload_id)
    if size is None:
        raise no_such_file()
    return await _destination(context, admission, name, size)


async def _reserve(context: Context, admission: Admission, upload_id: str, size: int) -> None:
    link = admission.link
    if not await context.services.files.drops.reserve(link.id, upload_id, size, link.drop_total_bytes):
        raise BadInput("upload_too_large", "This link takes no more files of this size; ask its owner for more room.")


async def _release(context: Context, admission: Admission, upload_id: str) -> None:
    await context.services.files.drops.release(admission.link.id, upload_id)


async def _give_up(context: Context, admission: Admission, to: Destination, upload_id: str) -> None:
    await context.services.files.uploads.cancel(to, upload_id)
    await _release(context, admission, upload_id)


async def _keep(context: Context, admission: Admission, upload_id: str, written: Written) -> None:
    """Count a file that is there, and have its owner hear of it."""
    name, link_id = PurePosixPath(written.entry.name).name, admission.link.id
    await context.services.files.drops.done(link_id, upload_id, written.entry.size)
    await uploads.report(context, admission, name, written)
    await note_upload(context, link_id, name, created=True)


def _nothing_to_check(_: Entry | None) -> None:
    """No file is replaced, so none is asked about."""


def _other_name(name: str) -> str:
    """Return a name that nobody can guess, and that keeps its ending."""
    path = PurePosixPath(name)
    return f"{path.stem} {secrets.token_hex(OTHER_NAME_BYTES)}{path.suffix}"


OPERATIONS = (
    Operation("share.file.drop", Scope.SHARES_READ, Effect.WRITE, Bucket.UPDATE, drop_file, for_recipients=True),
)
