"""Links of permission drop: files go in, and nothing of what lies there comes out."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from service.catalogue.storage.drafts import PREFIX
from tests.api.files.test_files import OPEN, folder_link
from tests.api.files.test_uploads import PART, files_in
from tests.api.isolation.test_gate_matrix import recipient_requests
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

    from tests.conftest import Installation

pytestmark = pytest.mark.security

LIMITS = {"drop_total_bytes": 10**6}
SECRETS = ("a.bin", "b.txt", "sub", "deep", "maps", "secret")
"""What lies in the folder, and what it is called."""
TIFF = b"II*\0" + bytes(60)


async def drop_link(service: Installation, **fields: Any) -> Any:
    return await folder_link(service, permission="drop", name="Inbox", **{**LIMITS, **fields})


async def drop(service: Installation, link: Any, name: str, body: Any, **headers: str) -> ClientResponse:
    sent = {**OPEN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await service.client.put(f"/s/{link['token']}/drop/{quote(name, safe='')}", data=body, headers=sent)


async def begin(service: Installation, link: Any, name: str, size: int) -> ClientResponse:
    return await drop(service, link, name, b"", Upload_Complete="?0", Upload_Length=str(size))


async def send(service: Installation, begun: ClientResponse, body: bytes, offset: int, end: str) -> ClientResponse:
    headers = {**PART, "Upload-Offset": str(offset), "Upload-Complete": end}
    return await service.client.patch(begun.headers["Location"], data=body, headers=headers)


async def unsized(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def taken(service: Installation, link: Any) -> int:
    async with service.services.files.drops._engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT bytes FROM drop_totals")
        return sum(row[0] for row in rows)


async def test_a_file_goes_in_whole_and_by_the_operation(service: Installation) -> None:
    link = await drop_link(service)
    sent = await drop(service, link, "ä report.txt", b"one")
    assert (sent.status, await sent.json()) == (201, {"name": "ä report.txt", "size": 3})
    assert (sent.headers["X-Metered"], "ETag" in sent.headers) == ("0", False)
    assert (service.root / "maps" / "ä report.txt").read_bytes() == b"one"
    content = base64.b64encode(b"small").decode()
    asked = {"token": link["token"], "password": PASSWORD, "name": "by operation.txt"}
    done = await service.ask("share.file.drop", **asked, content=content)
    assert (done["name"], done["size"], done["upload_url"]) == ("by operation.txt", 5, None)
    for fields in ({}, {"content": content, "size": 5}):
        assert (await service.post("share.file.drop", **asked, **fields)).status == 422


async def test_a_drop_goes_on_where_it_broke_off(service: Installation) -> None:
    link = await drop_link(service)
    begun = await begin(service, link, "big.bin", 6)
    assert (begun.status, begun.headers["Upload-Limit"]) == (201, "max-size=1000000")
    assert (await send(service, begun, b"abc", 0, "?0")).headers["Upload-Offset"] == "3"
    head = await service.client.head(begun.headers["Location"], headers=OPEN)
    assert (head.status, head.headers["Upload-Offset"]) == (204, "3")
    assert (await send(service, begun, b"xyz", 0, "?0")).status == 409
    too_much = await send(service, begun, b"defg", 3, "?0")
    assert (too_much.status, (await too_much.json())["code"]) == (413, "upload_too_large")
    done = await send(service, begun, b"def", 3, "?1")
    assert (done.status, await done.json()) == (201, {"name": "big.bin", "size": 6})
    assert (service.root / "maps" / "big.bin").read_bytes() == b"abcdef"
    assert (await send(service, begun, b"", 6, "?1")).status == 404
    assert await taken(service, link) == 4096
    asked = {"token": link["token"], "password": PASSWORD, "name": "later.bin", "size": 2}
    url = (await service.ask("share.file.drop", **asked))["upload_url"]
    path = "/s/" + url.partition("/s/")[2]
    last = {**PART, "Upload-Offset": "0", "Upload-Complete": "?1"}
    assert (await service.client.patch(path, data=b"ok", headers=last)).status == 201


@pytest.mark.parametrize("name", ["a.bin", "sub", "link"])
async def test_a_name_that_is_taken_by_anything_is_answered_alike_and_replaces_nothing(
    service: Installation, name: str
) -> None:
    link = await drop_link(service)
    maps = service.root / "maps"
    before = {path: path.read_bytes() for path in maps.rglob("*") if path.is_file()}
    answers = []
    for each in (name, f"{name} free", name):
        answer = await drop(service, link, each, b"new", If_Match="*", Overwrite="T")
        body = await answer.text()
        answers.append((answer.status, body.replace(each, "NAME"), sorted(answer.headers)))
    assert answers[0] == answers[1] == answers[2]
    assert {path: path.read_bytes() for path in before} == before
    assert (maps / "link").is_symlink()
    assert len([path for path in maps.iterdir() if path.is_file() and path.read_bytes() == b"new"]) == 3
    assert not [each for each in files_in(service) if PREFIX in each]


async def test_names_that_race_are_all_kept(service: Installation) -> None:
    link = await drop_link(service)
    bodies = [f"{number}".encode() for number in range(12)]
    answers = await asyncio.gather(*(drop(service, link, "same.txt", body) for body in bodies))
    assert {answer.status for answer in answers} == {201}
    kept = [path.read_bytes() for path in (service.root / "maps").glob("same*.txt")]
    assert sorted(kept) == sorted(bodies)


async def test_where_a_file_system_has_no_second_names_nothing_is_replaced_either(
    service: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "no links here")

    link = await drop_link(service)
    monkeypatch.setattr(os, "link", refuse)
    for body in (b"1", b"2"):
        assert (await drop(service, link, "same.txt", body)).status == 201
    assert sorted(path.read_bytes() for path in (service.root / "maps").glob("same*.txt")) == [b"1", b"2"]
    assert not [each for each in files_in(service) if PREFIX in each]


async def test_names_that_lead_elsewhere_or_change_other_files_are_refused(service: Installation) -> None:
    link = await drop_link(service)
    before = files_in(service)
    names = ["../out.txt", "sub/in.txt", "/etc/x", "..", ".", ".hidden", f"{PREFIX}1", "a\\b", "a\nb", "a\u202egnp.exe"]
    names += ["x" * 201 + ".txt", "a.bin.aux.xml", "a.tif.OVR", "a.tif.msk", "a.tif.vat.dbf", "a.tfw", "a.bin/"]
    for name in names:
        for answer in (await drop(service, link, name, b"x"), await begin(service, link, name, 1)):
            assert answer.status in {400, 404, 405, 422}, (name, answer.status)
        asked = {"token": link["token"], "password": PASSWORD, "name": name, "size": 1}
        assert (await service.post("share.file.drop", **asked)).status in {404, 422}, name
    assert files_in(service) == before
    assert not (service.root / "out.txt").exists()


async def test_a_file_is_of_the_kinds_that_are_allowed_and_not_by_its_name_alone(service: Installation) -> None:
    link = await drop_link(service, drop_types=["tiff", "geojson"])
    refused = await drop(service, link, "virus.exe", b"MZ")
    assert (refused.status, (await refused.json())["field"]) == (422, "name")
    before = files_in(service)
    lies = {"a.tif": b"MZ", "b.TIFF": b"", "c.geojson": b"<html>", "d.json": b"\xff\xfe{", "e.json": b'{"a\0": 1}'}
    for name, body in lies.items():
        answer = await drop(service, link, name, body)
        assert (answer.status, (await answer.json())["code"]) == (422, "field_invalid"), name
    begun = await begin(service, link, "f.tif", 2)
    assert (await send(service, begun, b"MZ", 0, "?1")).status == 422
    assert (await send(service, begun, b"", 2, "?1")).status == 404
    assert files_in(service) == before
    assert await taken(service, link) == 0
    for name, body in {"a.tif": TIFF, "b.geojson": b' {"type": "FeatureCollection", "features": []}'}.items():
        assert (await drop(service, link, name, body)).status == 201, name


async def test_files_are_no_larger_than_the_link_says(service: Installation) -> None:
    link = await drop_link(service, drop_file_bytes=10)
    before = files_in(service)
    for answer in (await drop(service, link, "a", b"x" * 11), await begin(service, link, "a", 11)):
        assert (answer.status, (await answer.json())["code"]) == (413, "upload_too_large")
    unsaid = await drop(service, link, "a", unsized(b"xxx"))
    assert (unsaid.status, (await unsaid.json())["code"]) == (422, "field_missing")
    less = await drop(service, link, "a", unsized(b"x" * 5), Upload_Length="3")
    assert less.status == 413
    begun = await begin(service, link, "b", 3)
    over = await send(service, begun, b"x" * 5, 0, "?1")
    assert over.status == 413
    assert (await service.client.delete(begun.headers["Location"], headers=OPEN)).status == 204
    assert files_in(service) == before
    assert await taken(service, link) == 0
    assert (await drop(service, link, "a", b"x" * 10)).status == 201


async def test_many_at_once_get_no_more_room_than_there_is(service: Installation) -> None:
    link = await drop_link(service, drop_total_bytes=30_000)
    answers = await asyncio.gather(*(drop(service, link, f"{n}.bin", b"x" * 10_000) for n in range(9)))
    begun = await asyncio.gather(*(begin(service, link, f"{n}.part", 10_000) for n in range(4)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [413] * 6
    assert {answer.status for answer in begun} == {413}
    assert sum(path.stat().st_size for path in (service.root / "maps").glob("*.bin") if path.name != "a.bin") == 30_000


async def test_what_is_on_its_way_has_its_room_and_gives_it_back(service: Installation) -> None:
    link = await drop_link(service, drop_total_bytes=20_000)
    begun = await begin(service, link, "one", 15_000)
    assert (await drop(service, link, "two", b"x" * 10_000)).status == 413
    assert (await service.client.delete(begun.headers["Location"], headers=OPEN)).status == 204
    assert (await drop(service, link, "two", b"x" * 10_000)).status == 201
    for number in range(2):
        assert (await drop(service, link, f"small {number}", b"")).status == 201
    assert (await drop(service, link, "small 3", b"")).status == 413, "the smallest file counts a block"


async def test_an_upload_belongs_to_its_link(service: Installation) -> None:
    link, other = await drop_link(service), await drop_link(service)
    begun = await begin(service, link, "one", 3)
    elsewhere = begun.headers["Location"].replace(link["token"], other["token"])
    assert (await service.client.head(elsewhere, headers=OPEN)).status == 404
    other_name = begun.headers["Location"].replace("/one?", "/two?")
    assert (await service.client.head(other_name, headers=OPEN)).status == 404


async def test_a_link_that_ends_takes_no_more(service: Installation) -> None:
    link = await drop_link(service)
    begun = await begin(service, link, "one", 3)
    await service.ask("share.link.revoke", link_id=link["id"])
    assert (await send(service, begun, b"abc", 0, "?1")).status == 410
    assert "one" not in files_in(service)


async def test_no_route_shows_anything_of_the_folder(install: Any) -> None:
    """Every route and method that the router knows, by the password and by the key that it opened."""
    service = await install(**{f"rate_{name}": 10**6 for name in ("create", "read", "update", "list", "tiles")})
    link = await drop_link(service)
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    asked, let_in = 0, set()
    for method, path, body in recipient_requests(service, link["token"]):
        for sent in (
            OPEN | {"Accept": "application/json"},
            {"X-Share-Key": opened["key"], "Accept": "application/json"},
            {"Cookie": f"tilegate_key={opened['key']}", "Accept": "text/html"},
        ):
            answer = await service.client.request(method, path, json=body, headers=sent, allow_redirects=False)
            text = (await answer.read()).decode(errors="replace")
            if answer.status < 300:
                let_in.add((method, path.replace(link["token"], "T")))
            told = json.dumps(dict(answer.headers)) + text
            assert not [word for word in SECRETS if f'"{word}"' in told or f">{word}<" in told], (method, path, text)
            assert answer.headers.get("X-Metered", "0") == "0"
            asked += 1
    assert asked >= 150
    takes = {("PUT", "/s/T/drop/RGB.byte.tif"), ("POST", "/v1/op/share.file.drop")}
    asking = {("POST", "/v1/op/share.access.request")}
    opening = {("GET", "/s/T"), ("HEAD", "/s/T"), ("POST", "/v1/op/share.link.validate")}
    assert takes <= let_in <= takes | asking | opening


async def test_what_is_told_to_who_opens_it(service: Installation) -> None:
    link = await drop_link(service, drop_types=["tiff"], drop_file_bytes=1000, description="Send us maps")
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    assert (opened["target"]["name"], opened["targets"], opened["bounds"]) == ("Inbox", [], None)
    assert opened["drop"] == {
        "max_bytes": 1000,
        "types": ["tiff"],
        "endings": [".tif", ".tiff"],
        "url": f"{link['url']}/drop",
    }
    assert sorted(opened["urls"]) == ["drop", "page"]


@pytest.mark.parametrize("permission", ["view", "download", "write"])
async def test_other_links_take_no_drops(service: Installation, permission: str) -> None:
    link = await folder_link(service, permission=permission)
    assert (await drop(service, link, "a.txt", b"x")).status == 403
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    assert "drop" not in opened


async def test_what_a_drop_link_cannot_be(service: Installation) -> None:
    item = await service.add_item()
    fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1}
    refused = await service.post("share.link.create", **fields, permission="drop")
    assert (refused.status, (await refused.json())["field"]) == (422, "permission")
    aimless = await service.post("share.link.create", **fields, drop_total_bytes=1)
    assert (aimless.status, (await aimless.json())["field"]) == (422, "drop_total_bytes")
    link = await drop_link(service)
    assert "drop_total_bytes" in " ".join((await drop_link(service, drop_total_bytes=None))["warnings"])
    bundle = [{"target_type": "item", "target_id": item["id"]}]
    assert (await service.post("share.link.update", link_id=link["id"], targets=bundle)).status == 422


async def test_to_turn_a_drop_link_into_another_one_ends_its_keys(service: Installation) -> None:
    link = await drop_link(service)
    opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
    await service.ask("share.link.update", link_id=link["id"], permission="view", drop_total_bytes=None)
    answer = await service.client.get(f"/s/{link['token']}/files", headers={"X-Share-Key": opened["key"]})
    assert (answer.status, (await answer.json())["code"]) == (401, "key_invalid")


async def test_a_request_for_more_does_not_open_the_folder_to_all_who_drop(service: Installation) -> None:
    link = await drop_link(service)
    asked = await service.ask("share.access.request", token=link["token"], email="b@example.com", kind="download")
    found = await service.ask("share.access.list")
    answer = {"request_id": found["requests"][0]["id"], "decision": "grant"}
    refused = await service.post("share.access.resolve", **answer)
    assert refused.status == 422, (asked, await refused.text())
    assert (await service.ask("share.link.get", link_id=link["id"]))["permission"] == "drop"
