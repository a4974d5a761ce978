"""The Python client against a running service: typed calls, pages, bytes, errors, and when it asks again."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tilegate_client import (
    AsyncTilegate,
    BadInput,
    Conflict,
    NotFound,
    RateLimited,
    ServerFailed,
    Tilegate,
    Unauthenticated,
    Unreachable,
    wire,
)

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Installation

PNG = b"\x89PNG"


def url_of(service: Installation) -> str:
    return str(service.client.make_url(""))


async def test_what_a_sharer_and_a_recipient_do_with_asyncio(service: Installation) -> None:
    item = await service.add_item()
    async with AsyncTilegate(url_of(service), service.api_key) as client:
        for number in range(3):
            link = await client.share.link.create(
                target_type="item",
                target_id=item["id"],
                password=PASSWORD,
                expires_at=datetime.now(UTC) + timedelta(days=number + 1),
                profiles=("rgb",),
            )
        assert [row["id"] async for row in client.share.link.list_all(limit=2)][-1] == link["id"]
        updated = await client.share.link.update(link["id"], max_views=5)
        assert updated["max_views"] == 5
        assert (await client.share.link.update(link["id"], name="N"))["max_views"] == 5
        assert (await client.share.link.update(link["id"], max_views=None))["max_views"] is None
        table = await client.usage.export(service.account.organization_id, format="csv")
        assert isinstance(table, str)
        assert (await client.call("share.link.get", link_id=link["id"]))["id"] == link["id"]

    async with AsyncTilegate(url_of(service)) as recipient:
        key = (await recipient.share.link.validate(link["token"], password=PASSWORD))["key"]
        document = await recipient.share.tilejson(link["token"], key=key)
        assert document["tiles"][0].startswith("http")
        tile = await recipient.share.tile.render(token=link["token"], key=key, z=8, x=72, y=110)
        assert tile.startswith(PNG)
        assert await recipient.share.tile.render(token=link["token"], key=key, z=8, x=72, y=1) == b""
        with pytest.raises(Unauthenticated) as wrong:
            await recipient.share.tile.info(link["token"], password="not the password")
        assert (wrong.value.code, wrong.value.status) == ("password_invalid", 401)
        assert wrong.value.request_id in str(wrong.value)


async def test_threads_get_the_same(service: Installation) -> None:
    item, url = await service.add_item(), url_of(service)

    def work() -> None:
        with Tilegate(url, service.api_key) as client:
            link = client.share.link.create(
                target_type="item", target_id=item["id"], password=PASSWORD, expires_in_hours=1
            )
            assert [row["id"] for row in client.share.link.list_all()] == [link["id"]]
            assert client.share.link.revoke(link["id"])["ok"]
            with pytest.raises(BadInput) as short:
                client.share.link.create(target_type="item", target_id=item["id"], password="short", expires_in_hours=1)
            assert short.value.field == "password"
            with pytest.raises(NotFound):
                client.call("share.link.fly")

    await asyncio.to_thread(work)


def answering(*answers: httpx2.Response | Exception) -> tuple[httpx2.Client, list[Any]]:
    """An HTTP client that gives these answers in turn, and what it was asked."""
    asked: list[Any] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        answer = answers[len(asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx2.Client(transport=httpx2.MockTransport(handle)), asked


def problem(status: int, **headers: str) -> httpx2.Response:
    document = {"status": status, "code": "some_code", "detail": "No.", "request_id": "r1"}
    return httpx2.Response(status, json=document, headers={"Content-Type": "application/problem+json", **headers})


def page() -> httpx2.Response:
    return httpx2.Response(200, json={"links": [], "next_cursor": None})


READ: Callable[[Tilegate], Any] = lambda client: client.share.link.list()  # noqa: E731
WRITE: Callable[[Tilegate], Any] = lambda client: client.project.create("Maps")  # noqa: E731
IMAGE: Callable[[Tilegate], Any] = lambda client: client.share.tile.preview("t")  # noqa: E731
NO_ANSWER = httpx2.ReadError("broken")


@pytest.mark.parametrize(
    ("ask", "first", "is_asked_again"),
    [
        (READ, problem(503, **{"Retry-After": "0"}), True),
        (READ, NO_ANSWER, True),
        (READ, problem(429, **{"Retry-After": "0"}), True),
        (READ, problem(429, **{"Retry-After": "3600"}), False),
        (READ, problem(500), False),
        (WRITE, problem(429, **{"Retry-After": "0"}), True),
        (WRITE, problem(503, **{"Retry-After": "0"}), False),
        (WRITE, NO_ANSWER, False),
        (IMAGE, NO_ANSWER, False),
    ],
)
def test_only_what_cannot_be_done_twice_is_asked_again(
    ask: Callable[[Tilegate], Any], first: httpx2.Response | Exception, *, is_asked_again: bool
) -> None:
    http, asked = answering(first, page())
    with Tilegate("http://service", http=http) as client:
        if is_asked_again:
            ask(client)
        else:
            with pytest.raises((ServerFailed, Unreachable, RateLimited)):
                ask(client)
    assert len(asked) == 1 + is_asked_again


def test_what_writes_is_asked_again_with_the_same_key_where_there_is_an_api_key() -> None:
    for first in NO_ANSWER, problem(503, **{"Retry-After": "0"}):
        http, asked = answering(first, page())
        with Tilegate("http://service", "tg_key", http=http) as client:
            WRITE(client)
        assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
        assert len(asked) == 2


def test_an_image_is_no_write_and_is_asked_once_also_with_an_api_key() -> None:
    http, asked = answering(NO_ANSWER)
    with Tilegate("http://service", "tg_key", http=http) as client, pytest.raises(Unreachable):
        IMAGE(client)
    assert "Idempotency-Key" not in asked[0].headers


def test_it_gives_up_in_the_end() -> None:
    http, asked = answering(*[problem(503, **{"Retry-After": "0"})] * 3)
    with Tilegate("http://service", http=http) as client, pytest.raises(ServerFailed) as failed:
        client.share.link.list()
    assert (len(asked), failed.value.retry_after) == (3, 0)


def test_an_answer_that_is_not_ours_is_told_as_such() -> None:
    http, _ = answering(httpx2.Response(404, text="<h1>nginx</h1>"))
    with Tilegate("http://service/", "tg_key", http=http) as client, pytest.raises(NotFound, match="right address"):
        client.share.link.list()


def test_what_is_sent_is_plain_json_with_the_key_beside_it() -> None:
    http, asked = answering(page())
    with Tilegate("http://service/", "tg_key", http=http) as client:
        client.share.link.list(limit=3, status="active")
    assert asked[0].url == "http://service/v1/op/share.link.list"
    assert asked[0].headers["Authorization"] == "Bearer tg_key"
    assert asked[0].content == b'{"status": "active", "limit": 3}'


def test_times_and_bytes_are_sent_in_the_forms_that_json_has() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    sent = wire.content(
        {"at": moment, "day": moment.date(), "content": b"\x00\xff", "left_out": wire.UNSET, "none": None}
    )
    assert sent == b'{"at": "2026-01-02T03:04:05+00:00", "day": "2026-01-02", "content": "AP8=", "none": null}'
    with pytest.raises(TypeError):
        wire.content({"thing": object()})


SIZE = 9 * 2**20
"""Bytes: a little more than a part of an upload."""


async def test_files_come_and_go_whole_also_when_they_were_cut(service: Installation, tmp_path: Path) -> None:
    (service.root / "folder").mkdir()
    data = {"project_id": service.account.project_id, "root": "files", "path": "folder", "kind": "directory"}
    folder = await service.ask("item.create", **data)
    link = await service.add_link(folder, target_type="directory", permission="write")
    source, stored = tmp_path / "source.bin", service.root / "folder" / "new" / "ä b.bin"
    source.write_bytes(os.urandom(SIZE))
    opened: dict[str, Any] = {"token": link["token"], "password": PASSWORD}
    there = {**opened, "path": "new/ä b.bin"}

    async with AsyncTilegate(url_of(service)) as client:
        entry = await client.upload(source=source, overwrite=True, **there)
        assert (entry["size"], stored.read_bytes() == source.read_bytes()) == (SIZE, True)
        with pytest.raises(Conflict):
            await client.upload(source=source, overwrite=False, **there)

        to = tmp_path / "copy.bin"
        assert (await client.download(to=to, **there)).read_bytes() == source.read_bytes()
        etag = (await client.share.file.stat(**there))["etag"]
        assert etag is not None
        for held, version in ((SIZE // 3, etag), (5, '"another"'), (SIZE, etag)):  # goes on, begins anew, is whole
            (tmp_path / "copy.bin.part").write_bytes(source.read_bytes()[:held])
            (tmp_path / "copy.bin.part.etag").write_text(version)
            to.unlink()
            assert (await client.download(to=to, **there)).read_bytes() == source.read_bytes()
        assert [path for path in (to.with_suffix(".bin.part"), to.with_suffix(".bin.part.etag")) if path.exists()] == []
        with pytest.raises(NotFound):
            await client.download(to=tmp_path / "no", **{**opened, "path": "nothing"})

    def with_threads() -> None:
        with Tilegate(url_of(service)) as client:
            assert client.upload(source=source, overwrite=True, **there)["size"] == SIZE
            assert client.download(to=to, **there).read_bytes() == source.read_bytes()

    await asyncio.to_thread(with_threads)


async def test_files_are_dropped_where_nothing_is_shown(service: Installation, tmp_path: Path) -> None:
    (service.root / "inbox").mkdir()
    data = {"project_id": service.account.project_id, "root": "files", "path": "inbox", "kind": "directory"}
    folder = await service.ask("item.create", **data)
    link = await service.add_link(folder, target_type="directory", permission="drop")
    source = tmp_path / "ä b.bin"
    source.write_bytes(os.urandom(SIZE))
    async with AsyncTilegate(url_of(service)) as client:
        assert await client.drop(link["token"], source, password=PASSWORD) == SIZE
    assert (service.root / "inbox" / "ä b.bin").read_bytes() == source.read_bytes()

    def with_threads() -> int:
        with Tilegate(url_of(service)) as client:
            return client.drop(link["token"], source, "another.bin", password=PASSWORD)

    assert await asyncio.to_thread(with_threads) == SIZE


class Torn(httpx2.SyncByteStream):
    """A body that breaks off behind its first half."""

    def __init__(self, half: bytes) -> None:
        self.half = half

    def __iter__(self) -> Iterator[bytes]:
        yield self.half
        raise httpx2.ReadError("broken")


def test_a_download_that_breaks_off_goes_on_where_it_broke(tmp_path: Path) -> None:
    etag = {"ETag": '"v1"'}
    first = httpx2.Response(200, headers=etag, stream=Torn(b"abc"))
    second = httpx2.Response(206, headers=etag, stream=Torn(b"d"))
    http, asked = answering(first, second, httpx2.Response(206, headers=etag, stream=httpx2.ByteStream(b"ef")))
    with Tilegate("http://service", http=http, retries=1) as client:
        assert client.download("t", tmp_path / "file", path="p").read_bytes() == b"abcdef"
    assert [json.loads(request.content).get("offset") for request in asked] == [None, 3, 4]
    assert {json.loads(request.content).get("etag") for request in asked[1:]} == {'"v1"'}


def test_an_upload_that_breaks_off_asks_how_much_has_come(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * SIZE)
    begun = httpx2.Response(200, json={"upload_url": "https://elsewhere/s/t/files/p?upload=u1"})
    came = httpx2.Response(204, headers={"Upload-Offset": "1000000", "Upload-Complete": "?0"})
    part = httpx2.Response(204, headers={"Upload-Offset": str(1_000_000 + 8 * 2**20), "Upload-Complete": "?0"})
    done = httpx2.Response(201, json={"size": SIZE}, headers={"Upload-Complete": "?1"})
    http, asked = answering(begun, NO_ANSWER, came, part, done)
    with Tilegate("http://service", http=http) as client:
        assert client.upload("t", tmp_path / "file", "p", key="k")["size"] == SIZE
    assert [request.method for request in asked] == ["POST", "PATCH", "HEAD", "PATCH", "PATCH"]
    assert {str(request.url) for request in asked[1:]} == {"http://service/s/t/files/p?upload=u1"}
    assert asked[3].headers["Upload-Offset"] == "1000000"
