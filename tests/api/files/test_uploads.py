"""Uploads into shared folders: whole or in parts, and nothing half-written is ever seen."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError, FormData

from service.catalogue.storage.drafts import LEFT_ALONE, PREFIX
from tests.api.files.test_files import OPEN, address, folder_link, get
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

PART = {**OPEN, "Content-Type": "application/partial-upload"}


async def put(service: Installation, link: Any, path: str, body: Any, **headers: str) -> ClientResponse:
    sent = {**OPEN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await service.client.put(address(link, path), data=body, headers=sent)


def files_in(service: Installation) -> set[str]:
    """All names in the shared folder, hidden ones too."""
    base = service.root / "maps"
    return {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file() and not path.is_symlink()}


async def test_a_file_is_put_replaced_and_protected(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    created = await put(service, link, "new folder/ä.txt", b"one")
    assert created.status == 201, await created.text()
    entry = await created.json()
    assert (entry["path"], entry["size"], created.headers["X-Metered"]) == ("new folder/ä.txt", 3, "0")
    there = await get(service, link, "new folder/ä.txt")
    assert (await there.read(), there.headers["ETag"]) == (b"one", created.headers["ETag"])
    refused = await put(service, link, "new folder/ä.txt", b"two", If_None_Match="*")
    assert (refused.status, (await refused.json())["code"]) == (412, "precondition_failed")
    stale = await put(service, link, "new folder/ä.txt", b"two", If_Match='"stale"')
    assert stale.status == 412
    missing = await put(service, link, "nowhere.txt", b"two", If_Match="*")
    assert missing.status == 412
    replaced = await put(service, link, "new folder/ä.txt", b"two", If_Match=entry["etag"])
    assert replaced.status == 200
    assert await (await get(service, link, "new folder/ä.txt")).read() == b"two"
    asked = {"token": link["token"], "password": PASSWORD, "path": "by operation.txt"}
    content = base64.b64encode(b"small").decode()
    done = await service.ask("share.file.upload", **asked, content=content)
    assert (done["created"], done["file"]["size"]) == (True, 5)
    assert (await service.post("share.file.upload", **asked, content=content, overwrite=False)).status == 412
    assert not [name for name in files_in(service) if PREFIX in name]
    usage = await service.usage()
    assert usage["downloads"] == 2


async def test_where_files_cannot_be_put(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    before = files_in(service)
    for path, status in {
        "../out.txt": 404,
        "%2e%2e/out.txt": 404,
        ".hidden": 404,
        ".git/hook": 404,
        f"{PREFIX}1": 404,
        "a%5cb": 404,
        "a%0ab": 400,
        "a%E2%80%AEgnp.exe": 422,
        "sub/a%E2%81%A7gnp.exe": 422,
        "sub": 409,
        "link": 409,
        "a.bin/below": 409,
        "link/below": 409,
        "x" * 256: 422,
    }.items():
        assert await _raw(service, f"{address(link)}/{path}") == status, path
    assert files_in(service) == before
    assert (service.root / "secret.txt").read_bytes() == b"secret"
    for permission in ("view", "download"):
        lower = await folder_link(service, permission=permission)
        assert (await put(service, lower, "new.txt", b"x")).status == 403
    raster = await service.add_link(permission="write")
    assert (await put(service, raster, "new.txt", b"x")).status == 422
    zipped = await put(service, link, "new.txt", b"x", Content_Encoding="gzip")
    assert zipped.status == 415
    assert (await put(service, link, "new.txt", b"x", Content_Range="bytes 0-0/2")).status == 400
    assert (await service.client.delete(address(link, "a.bin"), headers=OPEN)).status == 405


async def test_nothing_is_replaced_that_is_not_named(service: Installation) -> None:
    """Neither by PUT, nor by the last part, nor by the operation; with an If-None-Match that does not fit, too."""
    link = await folder_link(service, permission="write")
    made = await put(service, link, "a.txt", b"one")
    etag, file = made.headers["ETag"], service.root / "maps" / "a.txt"
    for headers in ({}, {"If_None_Match": '"another"'}, {"Overwrite": "F"}):
        refused = await put(service, link, "a.txt", b"two", **headers)
        problem = await refused.json()
        assert (refused.status, problem["code"]) == (412, "precondition_failed")
        assert "If-Match" in problem["detail"]
    begun = await put(service, link, "a.txt", b"", Upload_Complete="?0")
    part = {**PART, "Upload-Offset": "0", "Upload-Complete": "?1"}
    assert (await service.client.patch(begun.headers["Location"], data=b"two", headers=part)).status == 412
    asked = {
        "token": link["token"],
        "password": PASSWORD,
        "path": "a.txt",
        "content": base64.b64encode(b"two").decode(),
    }
    assert (await service.post("share.file.upload", **asked)).status == 412
    assert file.read_bytes() == b"one"
    for body, headers in ((b"two", {"If_Match": etag}), (b"three", {"Overwrite": "T"}), (b"four", {"If_Match": "*"})):
        assert (await put(service, link, "a.txt", body, **headers)).status == 200
        assert file.read_bytes() == body
    assert (await service.post("share.file.upload", **asked, overwrite=True)).status == 200
    assert (await put(service, link, "new.txt", b"x", Overwrite="T")).status == 201
    assert not [name for name in files_in(service) if PREFIX in name and "a.txt" in name]


async def test_the_same_bytes_again_are_taken_and_replace_nothing(service: Installation) -> None:
    """As of a client whose answer was lost. The file stays the one that it was."""
    link = await folder_link(service, permission="write")
    body = os.urandom(2_500_000)
    made = await put(service, link, "own.bin", io.BytesIO(body))
    file, before = service.root / "maps" / "own.bin", files_in(service)
    was = file.stat()
    again = await put(service, link, "own.bin", io.BytesIO(body))
    assert (again.status, again.headers["ETag"]) == (200, made.headers["ETag"])
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (was.st_ino, was.st_mtime_ns)
    for other in (body[:-1] + bytes([body[-1] ^ 1]), body[:-1], b""):
        assert (await put(service, link, "own.bin", io.BytesIO(other))).status == 412
    assert (await put(service, link, "own.bin", io.BytesIO(body), If_None_Match="*")).status == 412
    assert files_in(service) == before


async def _raw(service: Installation, path: str) -> int:
    """PUT without a client that tidies the path."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.client.port)
    head = f"PUT {path} HTTP/1.1\r\nHost: a\r\nX-Share-Password: {PASSWORD}\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: 1\r\n\r\nx".encode())
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return int(answer.split()[1])


async def test_an_upload_that_breaks_off_leaves_nothing(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    before = files_in(service)

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        while not [name for name in files_in(service) if PREFIX in name]:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.01)
        assert (await (await get(service, link)).json())["entries"] == listed
        raise ConnectionError

    listed = (await (await get(service, link)).json())["entries"]
    with pytest.raises((ClientError, ConnectionError)):
        await put(service, link, "new.bin", broken())
    async with asyncio.timeout(20):
        while files_in(service) != before:  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.02)


async def test_an_upload_in_parts_goes_on_where_it_broke_off(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    before = files_in(service)
    begun = await put(service, link, "parts.bin", b"", Upload_Complete="?0")
    assert (begun.status, begun.headers["Upload-Offset"], begun.headers["Upload-Complete"]) == (201, "0", "?0")
    where = begun.headers["Location"]
    client = service.client
    first = await client.patch(where, data=b"abc", headers={**PART, "Upload-Offset": "0", "Upload-Complete": "?0"})
    assert (first.status, first.headers["Upload-Offset"]) == (204, "3")
    wrong = await client.patch(where, data=b"xyz", headers={**PART, "Upload-Offset": "2", "Upload-Complete": "?0"})
    assert (wrong.status, wrong.headers["Upload-Offset"]) == (409, "3")
    head = await client.head(where, headers=OPEN)
    assert (head.status, head.headers["Upload-Offset"], head.headers["Upload-Complete"]) == (204, "3", "?0")
    assert head.headers["Upload-Limit"].startswith("max-size=")
    assert (await get(service, link, "parts.bin")).status == 404
    other = await folder_link(service, permission="write")
    for foreign in (where.replace(link["token"], other["token"]), where.replace("parts.bin", "else.bin")):
        assert (await client.head(foreign, headers=OPEN)).status == 404
    assert (await client.patch(where, data=b"x", headers={**OPEN, "Upload-Offset": "3"})).status == 415
    assert (await client.patch(where, data=b"x", headers=PART)).status == 422
    last = await client.patch(where, data=b"def", headers={**PART, "Upload-Offset": "3", "Upload-Complete": "?1"})
    assert last.status == 201, await last.text()
    assert await (await get(service, link, "parts.bin")).read() == b"abcdef"
    begun = await service.ask("share.file.upload", token=link["token"], password=PASSWORD, path="given up.bin")
    where = "/s/" + begun["upload_url"].partition("/s/")[2]
    assert (await client.delete(where, headers=OPEN)).status == 204
    assert (await client.head(where, headers=OPEN)).status == 404
    assert files_in(service) == before | {"parts.bin"}


async def test_files_that_are_too_large_are_refused(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(upload_bytes=1000)
    link = await folder_link(service, permission="write")
    before = files_in(service)

    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 500

    for body in (b"x" * 1001, chunked()):
        refused = await put(service, link, "new.bin", body)
        assert (refused.status, (await refused.json())["code"]) == (413, "upload_too_large")
    assert (await put(service, link, "new.bin", b"x" * 1000)).status == 201
    assert files_in(service) == before | {"new.bin"}
    full = await install(upload_keep_free=2**60)
    refused = await put(full, link, "other.bin", b"x")
    assert (refused.status, (await refused.json())["code"]) == (507, "storage_full")


async def test_an_upload_does_not_outlive_its_link(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    before = files_in(service)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await service.ask("share.link.revoke", link_id=link["id"])
        yield b"y"

    refused = await put(service, link, "new.bin", slow())
    assert (refused.status, (await refused.json())["code"]) == (410, "share_revoked")
    assert files_in(service) == before


async def test_the_form_of_the_listing_uploads_files(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    html = await (await get(service, link, "sub", Accept="text/html")).text()
    assert f'action="{address(link, "sub")}"' in html
    assert 'enctype="multipart/form-data"' in html
    for replace, status in ((False, 303), (False, 412), (True, 303)):
        form = FormData(quote_fields=False)  # as browsers send names
        if replace:
            form.add_field("replace", "1")
        form.add_field("file", b"form 1", filename="C:\\fakepath\\one.txt")
        form.add_field("file", b"form 2" if replace else b"form 0", filename="two.txt")
        sent = await service.client.post(address(link, "sub"), data=form, headers=OPEN, allow_redirects=False)
        assert sent.status == status, await sent.text()
    assert (service.root / "maps" / "sub" / "one.txt").read_bytes() == b"form 1"
    assert (service.root / "maps" / "sub" / "two.txt").read_bytes() == b"form 2"


async def test_drafts_that_were_given_up_are_removed_after_a_day(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    await put(service, link, "parts.bin", b"abc", Upload_Complete="?0")
    services = service.services
    assert await services.files.uploads.sweep_once(await services.catalogue.items.folders()) == 0
    (draft,) = (service.root / "maps").glob(f"{PREFIX}*")
    long_ago = time.time() - LEFT_ALONE - 60
    os.utime(draft, (long_ago, long_ago))
    assert await services.files.uploads.sweep_once(await services.catalogue.items.folders()) == 1
    assert not draft.exists()


async def test_drafts_of_files_for_a_root_are_removed_though_no_item_is_there(service: Installation) -> None:
    begun = await service.ask("root.upload", project_id=service.account.project_id, root="files", path="new/scene.tif")
    assert begun["upload_url"]
    (draft,) = service.root.glob(f"{PREFIX}*")
    long_ago = time.time() - LEFT_ALONE - 60
    os.utime(draft, (long_ago, long_ago))
    assert await service.services.files.uploads.sweep_once([]) == 1
    assert not draft.exists()
