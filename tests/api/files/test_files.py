"""Files and folders through links: listings, downloads, archives, what they cost, and when they stop."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from aiohttp import ClientPayloadError

from service.identifiers import OURS
from service.links.revocation_watch import INTERVAL
from service.redis.guard import PATIENCE
from tests.conftest import PASSWORD, Installation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from aiohttp import ClientResponse

    from tests.conftest import MortalValkey

CONTENT = bytes(range(256)) * 40
OPEN = {"X-Share-Password": PASSWORD}
ODD = 'ü "quote"; %41 <b>.txt'
LARGE = 64 * 2**20


async def folder_item(service: Installation, path: str = "maps", **fields: Any) -> Any:
    body = {"project_id": service.account.project_id, "root": "files", "path": path, **fields}
    return await service.ask("item.create", **body)


async def folder_link(service: Installation, permission: str = "download", **fields: Any) -> Any:
    """Share a folder with something of everything in it."""
    maps = service.root / "maps"
    (maps / "sub" / "deep").mkdir(parents=True, exist_ok=True)
    (maps / "a.bin").write_bytes(CONTENT)
    (maps / ODD).write_bytes(b"odd")
    (maps / "sub" / "b.txt").write_bytes(b"b")
    (maps / "sub" / "deep" / "c.txt").write_bytes(b"c")
    (maps / ".git").write_bytes(b"hidden")
    (service.root / "secret.txt").write_bytes(b"secret")
    if not (maps / "link").is_symlink():
        (maps / "link").symlink_to(service.root / "secret.txt")
    item = await folder_item(service)
    return await service.add_link(item, target_type="directory", permission=permission, **fields)


def address(link: Any, path: str = "") -> str:
    return f"/s/{link['token']}/files" + (f"/{quote(path)}" if path else "")


async def get(service: Installation, link: Any, path: str = "", **headers: str) -> ClientResponse:
    sent = {**OPEN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await service.client.get(address(link, path), headers=sent)


async def test_a_folder_is_listed_for_programs_and_for_people(service: Installation) -> None:
    link = await folder_link(service, permission="view", name="<b>Maps</b>")
    page = await (await get(service, link)).json()
    assert [(each["kind"], each["name"], each["size"]) for each in page["entries"]] == [
        ("directory", "sub", None),
        ("file", "a.bin", len(CONTENT)),
        ("file", ODD, 3),
    ]
    assert page["next_cursor"] is None
    first = await service.ask("share.file.list", token=link["token"], password=PASSWORD, limit=1)
    rest = await service.ask("share.file.list", token=link["token"], password=PASSWORD, cursor=first["next_cursor"])
    assert first["entries"] + rest["entries"] == page["entries"]
    deep = await service.ask("share.file.list", token=link["token"], password=PASSWORD, path="sub/")
    assert [each["path"] for each in deep["entries"]] == ["sub/deep", "sub/b.txt"]
    stat = await service.ask("share.file.stat", token=link["token"], password=PASSWORD, path="a.bin")
    assert stat == page["entries"][1]
    assert stat["media_type"] == "application/octet-stream"
    people = await get(service, link, "sub", Accept="text/html")
    html = await people.text()
    assert people.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in people.headers["Content-Security-Policy"]
    assert "&lt;b&gt;Maps" in html
    assert "<b>" not in html
    assert f"{address(link)}/sub/deep" in html
    assert "archive.zip" not in html  # it may be looked at only
    for path in ("a.bin", "sub/b.txt"):
        refused = await get(service, link, path)
        assert (refused.status, (await refused.json())["code"]) == (403, "permission_denied")
    with_key = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    shown = await service.client.get(_path_of(with_key["urls"]["files"]), headers={"Accept": "text/html"})
    assert f"key={with_key['key']}" in await shown.text()
    assert (await service.usage())["downloads"] == 0


async def test_a_browser_without_the_password_is_sent_to_the_form(service: Installation) -> None:
    link = await folder_link(service)
    asked = await service.client.get(address(link, "a.bin"), headers={"Accept": "text/html"}, allow_redirects=False)
    assert (asked.status, asked.headers["Location"]) == (303, f"/s/{link['token']}")
    missing = await get(service, link, "nowhere", Accept="text/html")
    assert (missing.status, missing.content_type) == (404, "text/html")


async def test_a_download_has_all_that_clients_need_to_go_on_with_it(service: Installation) -> None:
    link = await folder_link(service)
    whole = await get(service, link, "a.bin", Origin="https://maps.example.org")
    assert (whole.status, await whole.read()) == (200, CONTENT)
    headers, tag = whole.headers, whole.headers["ETag"]
    modified = datetime.fromtimestamp(int((service.root / "maps" / "a.bin").stat().st_mtime), UTC)
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Last-Modified"] == format_datetime(modified, usegmt=True)
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["Content-Disposition"] == 'attachment; filename="a.bin"'
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Request-ID"]
    assert headers["RateLimit-Limit"] == str(service.settings.rate_tiles)
    inode = (service.root / "maps" / "a.bin").stat().st_ino
    assert f"{inode:x}" not in tag
    part = await get(service, link, "a.bin", Range="bytes=100-", If_Range=tag)
    assert (part.status, await part.read()) == (206, CONTENT[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{len(CONTENT) - 1}/{len(CONTENT)}"
    for headers in ({"If_Range": '"stale"', "Range": "bytes=100-"}, {"Range": "bytes=0-1,5-6"}):
        stale = await get(service, link, "a.bin", **headers)
        assert (stale.status, await stale.read()) == (200, CONTENT)
    beyond = await get(service, link, "a.bin", Range=f"bytes={len(CONTENT)}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
    assert (await get(service, link, "a.bin", If_None_Match=tag)).status == 304
    assert (await get(service, link, "a.bin", If_Match='"other"')).status == 412
    head = await service.client.head(address(link, "a.bin"), headers={**OPEN, "Range": "bytes=5-"})
    assert (head.status, head.headers["Content-Length"], head.headers["ETag"]) == (200, str(len(CONTENT)), tag)
    odd = await get(service, link, ODD)
    assert await odd.read() == b"odd"
    assert odd.headers["Content-Disposition"] == (
        f"attachment; filename=\"_ _quote_; _41 _b_.txt\"; filename*=UTF-8''{quote(ODD, safe='')}"
    )


async def test_a_change_of_the_file_is_noticed(service: Installation) -> None:
    link = await folder_link(service)
    before = (await get(service, link, "a.bin")).headers["ETag"]
    (service.root / "maps" / "a.bin").write_bytes(b"new")
    after = await get(service, link, "a.bin", If_None_Match=before, Range="bytes=1-", If_Range=before)
    assert (after.status, await after.read()) == (200, b"new")
    assert after.headers["ETag"] != before
    (service.root / "maps" / "a.bin").unlink()
    gone = await get(service, link, "a.bin")
    assert (gone.status, (await gone.json())["code"]) == (404, "file_not_found")


async def test_no_path_leads_out_of_a_shared_folder(service: Installation) -> None:
    link = await folder_link(service)
    paths = ["..", "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "sub/../../secret.txt", "link", ".git"]
    paths += ["%00", "a.bin%00", "/etc/passwd", "%2fetc%2fpasswd", "sub/%2e%2e/%2e%2e/secret.txt", "x" * 2000]
    for path in paths:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.client.port)
        request = f"GET {address(link)}/{path} HTTP/1.1\r\nHost: a\r\nX-Share-Password: {PASSWORD}\r\n"
        writer.write(f"{request}Connection: close\r\n\r\n".encode())
        async with asyncio.timeout(30):
            answer = await reader.read()
        writer.close()
        assert 400 <= int(answer.split()[1]) < 500, (path, answer)
        assert b"\r\n\r\nsecret" not in answer
        assert b"hidden" not in answer
    for path in ("../secret.txt", "/etc/passwd", "link", ".git"):
        for operation in ("share.file.stat", "share.file.download", "share.file.list"):
            response = await service.post(operation, token=link["token"], password=PASSWORD, path=path)
            assert (response.status, (await response.json())["code"]) == (404, "file_not_found"), (operation, path)
    response = await service.post("share.file.stat", token=link["token"], password=PASSWORD, path="a.bin\0")
    assert (response.status, (await response.json())["field"]) == (422, "path")


async def test_what_is_counted_of_downloads(service: Installation) -> None:
    link = await folder_link(service)
    before = await service.usage()
    for headers, metered in (
        ({}, "1"),
        ({"Range": "bytes=0-9"}, "1"),
        ({"Range": "bytes=100-"}, "1"),
        ({"Range": "bytes=999999-"}, "0"),
        ({"If_None_Match": "*"}, "0"),
    ):
        response = await get(service, link, "a.bin", **headers)
        await response.read()
        assert response.headers["X-Metered"] == metered, headers
    for path in ("", "sub", "nowhere"):
        await get(service, link, path)
    await service.client.head(address(link, "a.bin"), headers=OPEN)
    own = await service.client.get(address(link, "a.bin"), headers=service.headers)
    assert (own.headers["X-Metered"], await own.read()) == ("0", CONTENT)
    after = await service.usage()
    assert after["downloads"] - before["downloads"] == 2  # the one from the middle goes on with another
    assert after["bytes"] - before["bytes"] == len(CONTENT) + 10 + len(CONTENT) - 100
    capped = await folder_link(service, max_bytes=len(CONTENT) + 5)
    assert (await get(service, capped, "a.bin")).status == 200
    for path in ("a.bin", "archive.zip"):
        where = address(capped, path) if path == "a.bin" else f"/s/{capped['token']}/archive.zip"
        over = await service.client.get(where, headers=OPEN)
        assert (over.status, (await over.json())["code"]) == (410, "limit_reached")
    assert (await get(service, capped, "sub/b.txt")).status == 200


async def test_an_archive_is_a_zip_of_known_length_that_can_be_resumed(service: Installation) -> None:
    link = await folder_link(service, name="Maps / ü")
    where = f"/s/{link['token']}/archive.zip"
    response = await service.client.get(where, headers=OPEN)
    whole = await response.read()
    assert response.headers["Content-Length"] == str(len(whole))
    assert response.headers["Content-Disposition"].startswith('attachment; filename="Maps _ _.zip"')
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["a.bin", "sub/b.txt", "sub/deep/c.txt", ODD]
    range_headers = {**OPEN, "Range": "bytes=5000-", "If-Range": response.headers["ETag"]}
    part = await service.client.get(where, headers=range_headers)
    assert (part.status, await part.read()) == (206, whole[5000:])
    some = await service.client.get(where, headers=OPEN, params=[("path", "sub"), ("path", "sub/b.txt")])
    with zipfile.ZipFile(io.BytesIO(await some.read())) as opened:
        assert opened.namelist() == ["sub/b.txt", "sub/deep/c.txt"]
    asked = {"token": link["token"], "password": PASSWORD}
    by_operation = await service.post("share.file.archive", **asked, paths=["sub"], offset=10)
    assert (by_operation.status, by_operation.content_type) == (206, "application/zip")
    assert (await service.post("share.file.archive", **asked, paths=["nowhere"])).status == 404
    assert (await service.client.head(where, headers=OPEN)).headers["Content-Length"] == str(len(whole))
    (service.root / "maps" / "sub" / "b.txt").write_bytes(b"changed")
    stale = await service.client.get(where, headers=range_headers)
    assert stale.status == 200
    usage = await service.usage()
    assert usage["downloads"] == 3


async def test_an_archive_that_is_too_large_says_what_to_do(install: Callable[..., Awaitable[Installation]]) -> None:
    for setting in ({"archive_entries": 3}, {"archive_bytes": 1000}):
        service = await install(**setting)
        link = await folder_link(service)
        refused = await service.client.get(f"/s/{link['token']}/archive.zip", headers=OPEN)
        problem = await refused.json()
        assert (refused.status, problem["code"]) == (413, "archive_too_large")
        assert "path=" in problem["detail"]
        part = await service.client.get(f"/s/{link['token']}/archive.zip?path=sub/deep", headers=OPEN)
        assert part.status == 200


async def test_a_raster_that_may_be_downloaded_is_the_only_entry(service: Installation) -> None:
    item = await service.add_item()
    content = (service.root / "RGB.byte.tif").read_bytes()
    for target_type in ("item", "file"):
        link = await service.add_link(item, target_type=target_type, permission="download")
        page = await (await get(service, link)).json()
        assert [(each["path"], each["size"], each["media_type"]) for each in page["entries"]] == [
            ("RGB.byte.tif", len(content), "image/tiff")
        ]
        assert await (await get(service, link, "RGB.byte.tif")).read() == content
        assert (await get(service, link, "RGB.byte.tif.aux.xml")).status == 404
        asked = {"token": link["token"], "password": PASSWORD}
        whole = await service.post("share.file.download", **asked)
        assert await whole.read() == content
        rest = await service.post("share.file.download", **asked, offset=10, etag=whole.headers["ETag"])
        assert (rest.status, await rest.read()) == (206, content[10:])
        assert (await service.post("share.file.download", **asked, offset=10, etag='"old"')).status == 412


async def test_a_collection_has_its_rasters_as_files(service: Installation) -> None:
    """Two that are called alike are told apart, and a link that leads to one of them is followed."""
    one = await service.add_item()
    (service.root / "again").mkdir()
    (service.root / "again" / "RGB.byte.tif").symlink_to("../RGB.byte.tif")
    other = await service.ask(
        "item.create", project_id=service.account.project_id, root="files", path="again/RGB.byte.tif"
    )
    ids = [one["id"], other["id"]]
    collection = await service.ask(
        "collection.create", project_id=service.account.project_id, name="Both", item_ids=ids
    )
    link = await service.add_link(collection, target_type="collection", permission="download")
    page = await (await get(service, link)).json()
    assert [each["path"] for each in page["entries"]] == ["RGB.byte (2).tif", "RGB.byte.tif"]
    content = (service.root / "RGB.byte.tif").read_bytes()
    assert await (await get(service, link, "RGB.byte (2).tif")).read() == content
    response = await service.client.get(f"/s/{link['token']}/archive.zip", headers=OPEN)
    with zipfile.ZipFile(io.BytesIO(await response.read())) as opened:
        assert opened.namelist() == ["RGB.byte (2).tif", "RGB.byte.tif"]
    assert (await service.post("share.file.download", token=link["token"], password=PASSWORD)).status == 404
    (service.root / "again" / "RGB.byte.tif").unlink()
    (service.root / "again" / "RGB.byte.tif").symlink_to("/etc/passwd")
    page = await (await get(service, link)).json()
    assert [each["path"] for each in page["entries"]] == ["RGB.byte.tif"]
    assert (await get(service, link, "RGB.byte (2).tif")).status == 404


async def test_a_bundle_is_one_tree_of_files(service: Installation) -> None:
    await folder_link(service)
    folder, same, raster = (
        await folder_item(service),
        await folder_item(service, name=" ../maps"),
        await service.add_item(),
    )
    (service.root / "plain.txt").write_bytes(b"plain")
    plain = await folder_item(service, "plain.txt", kind="file")
    body = {"project_id": service.account.project_id, "name": "Both/two", "item_ids": [raster["id"]]}
    collection = await service.ask("collection.create", **body)
    targets = [
        {"target_type": "collection", "target_id": collection["id"]},
        {"target_type": "item", "target_id": raster["id"]},
        {"target_type": "directory", "target_id": same["id"]},
        {"target_type": "file", "target_id": plain["id"]},
    ]
    link = await service.add_link(folder, target_type="directory", permission="write", targets=targets)
    page = await (await get(service, link)).json()
    tops = ["_maps", "Both_two", "maps", "plain.txt", "RGB.byte.tif"]
    assert sorted(each["path"] for each in page["entries"]) == sorted(tops)
    assert not page["can_upload"]
    inner = await (await get(service, link, "Both_two")).json()
    assert [each["path"] for each in inner["entries"]] == ["Both_two/RGB.byte.tif"]
    assert await (await get(service, link, "maps/sub/b.txt")).read() == b"b"
    assert await (await get(service, link, "plain.txt")).read() == b"plain"
    content = (service.root / "RGB.byte.tif").read_bytes()
    assert await (await get(service, link, "Both_two/RGB.byte.tif")).read() == content
    for path in ("nowhere", "Both_two/nowhere", "plain.txt/x", "_maps/nowhere"):
        assert (await get(service, link, path)).status == 404, path
    uploaded = await service.client.put(address(link, "maps/new.txt"), data=b"new", headers=OPEN)
    assert uploaded.status == 201
    nowhere = await service.client.put(address(link, "new.txt"), data=b"new", headers=OPEN)
    assert nowhere.status == 422
    response = await service.client.get(f"/s/{link['token']}/archive.zip", headers=OPEN)
    with zipfile.ZipFile(io.BytesIO(await response.read())) as opened:
        assert {name.partition("/")[0] for name in opened.namelist()} == set(tops)
        assert opened.read("_maps/new.txt") == b"new"
    where = f"/s/{link['token']}/files?item={raster['id']}"
    picked = await (await service.client.get(where, headers=OPEN)).json()
    assert [each["path"] for each in picked["entries"]] == ["RGB.byte.tif"]
    opened_link = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    assert {"files", "archive"} <= set(opened_link["urls"])


async def test_a_link_to_a_part_of_a_raster_does_not_give_the_file(service: Installation) -> None:
    area = {"type": "Polygon", "coordinates": [[[-78, 24], [-77, 24], [-77, 25], [-78, 24]]]}
    raster = await service.add_item()
    limits: list[tuple[dict[str, Any], str]] = [
        ({"area": area}, "outside_share_area"),
        ({"max_zoom": 5}, "permission_denied"),
        ({"watermark": "mine"}, "permission_denied"),
    ]
    for limit, code in limits:
        links = [
            (await service.add_link(raster, permission="download", **limit), "RGB.byte.tif"),
            (await folder_link(service, **limit), "a.bin"),
        ]
        assert any("cannot be downloaded" in warning for warning in links[0][0]["warnings"])
        for link, path in links:
            for where in (address(link, path), f"/s/{link['token']}/archive.zip"):
                refused = await service.client.get(where, headers=OPEN)
                assert (refused.status, (await refused.json())["code"]) == (403, code), where


async def test_the_type_of_a_link_and_the_kind_of_its_target_agree(service: Installation) -> None:
    await folder_link(service)
    folder, file = await folder_item(service), await service.add_item()
    whole, same = await folder_item(service, ""), await folder_item(service, ".", kind="directory")
    assert [item["kind"] for item in (folder, whole, same)] == ["directory"] * 3
    assert (whole["name"], whole["path"], same["path"]) == ("files", "", "")
    for item, wrong, fitting in (
        (folder, "item", "directory"),
        (folder, "file", "directory"),
        (file, "directory", "item"),
    ):
        body = {"target_type": wrong, "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
        refused = await service.post("share.link.create", **body)
        problem = await refused.json()
        assert (refused.status, problem["field"]) == (422, "target_type")
        assert f"share it as target_type {fitting}" in problem["detail"]
    for path in ("maps/link", "maps/a.bin", "nowhere", ".."):
        body = {"project_id": service.account.project_id, "root": "files", "path": path, "kind": "directory"}
        refused = await service.post("item.create", **body)
        assert (refused.status, (await refused.json())["field"]) == (422, "path")


async def test_open_downloads_stop_when_their_links_do(service: Installation) -> None:
    changes: list[tuple[str, dict[str, Any]]] = [("revoke", {}), ("rotate", {}), ("suspend", {})]
    changes += [("update", {"permission": "view"}), ("update", {"max_zoom": 5})]
    await folder_link(service)
    _sparse(service.root / "maps" / "large.bin", LARGE)
    open_ones = []
    for link in [await folder_link(service) for _ in ["expires", *changes]]:
        response = await get(service, link, "large.bin")
        assert response.status == 200
        await response.content.readexactly(1000)
        open_ones.append((response, link))
    for (change, fields), (_, link) in zip(changes, open_ones[1:], strict=True):
        await service.ask(f"share.link.{change}", link_id=link["id"], **fields)
    await service.expire(open_ones[0][1])
    await asyncio.sleep(2 * INTERVAL)  # as a reader does that is slow: what has come waits in the buffers
    for response, _ in open_ones:
        with pytest.raises((ClientPayloadError, ConnectionError)):
            await response.content.read()


async def test_an_open_download_outlives_a_change_that_takes_nothing(service: Installation) -> None:
    link = await folder_link(service)
    _sparse(service.root / "maps" / "large.bin", LARGE)
    response = await get(service, link, "large.bin")
    await response.content.readexactly(1000)
    await service.ask("share.link.update", link_id=link["id"], name="another", expires_in_hours=48)
    await asyncio.sleep(1.5 * INTERVAL)
    assert len(await response.read()) == LARGE - 1000


async def test_an_open_download_goes_on_without_redis_and_a_new_one_does_not_begin(
    install: Callable[..., Awaitable[Installation]], mortal_valkey: MortalValkey
) -> None:
    mortal_valkey.start()
    service = await install(redis_url=mortal_valkey.url, redis_timeout=PATIENCE)
    link = await folder_link(service)
    _sparse(service.root / "maps" / "large.bin", LARGE)
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    where, key = address(link, "large.bin"), {"X-Share-Key": opened["key"]}
    response = await service.client.get(where, headers=key)
    await response.content.readexactly(1000)
    mortal_valkey.kill()
    await asyncio.sleep(2 * INTERVAL)
    refused = await service.client.get(where, headers=key)
    assert (refused.status, (await refused.json())["code"]) == (503, "metering_unavailable")
    assert len(await response.read()) == LARGE - 1000


def _path_of(url: str) -> str:
    return "/s/" + url.partition("/s/")[2]


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        os.truncate(file.fileno(), size)


async def test_who_asks_for_many_archives_at_once_waits_behind_others_or_is_refused(service: Installation) -> None:
    """To find out what an archive holds takes long where it holds much, and who asks by HEAD pays nothing."""
    link, other = await folder_link(service), await folder_link(service, name="Another")
    packing, order = service.services.files.packing, list[str]()
    await packing.take(OURS)  # as somebody else's archive does

    async def ask(name: str, share: Any) -> int:
        response = await service.client.head(f"/s/{share['token']}/archive.zip", headers=OPEN)
        order.append(name)
        return response.status

    one = [asyncio.create_task(ask("one", link)) for _ in range(12)]
    async with asyncio.timeout(20):
        while order.count("one") < 4 or packing.waiting < 8:  # noqa: ASYNC110  (requests on their way)
            await asyncio.sleep(0.01)
    late = asyncio.create_task(ask("other", other))
    async with asyncio.timeout(20):
        while packing.waiting < 9:  # noqa: ASYNC110  (a request on its way)
            await asyncio.sleep(0.01)
    packing.give_back()
    statuses = await asyncio.gather(*one, late)
    assert sorted(statuses) == [200] * 9 + [503] * 4
    assert order.index("other") < len(order) - 3, "it came last, and did not wait for all"
