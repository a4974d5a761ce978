"""Rasters in S3, through the whole service, and what the requests carry."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from service.catalogue.storage.remote_folder import RemoteFolder
from service.errors import Misconfigured
from service.storage_root import RemoteRoot
from tests.conftest import DATA, PASSWORD, Installation
from tests.range_server import range_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.s3 import Bucket

TILE = "8/72/110"


async def register(service: Installation, root: str, path: str = "RGB.byte.tif") -> tuple[int, Any]:
    body = {"project_id": service.account.project_id, "root": root, "path": path}
    response = await service.post("item.create", **body)
    return response.status, await response.json()


async def test_a_raster_in_s3_is_shared_like_a_local_one(
    s3: tuple[Bucket, Bucket], tmp_path: Path, install: Callable[..., Awaitable[Installation]]
) -> None:
    s3[0].put("deep/down/RGB.byte.tif", DATA / "RGB.byte.tif")
    service = await install(storage_roots={"files": tmp_path / "files", "s3": s3[0].root("deep")})
    shutil.copy(DATA / "RGB.byte.tif", service.root)
    bodies = []
    for root, path in (("files", "RGB.byte.tif"), ("s3", "down/RGB.byte.tif")):
        status, item = await register(service, root, path)
        assert status == 200, item
        link = await service.add_link(item)
        opened = await service.ask("share.link.validate", token=link["token"], password=PASSWORD)
        response = await service.client.get(f"/s/{link['token']}/{TILE}.png", params={"key": opened["key"]})
        assert response.status == 200
        assert response.headers["X-Metered"] == "1"
        bodies.append(await response.read())
    assert bodies[0] == bodies[1]


async def test_a_folder_of_s3_is_shared_like_a_local_one(
    s3: tuple[Bucket, Bucket], tmp_path: Path, install: Callable[..., Awaitable[Installation]]
) -> None:
    content = bytes(range(256)) * 40_000  # more than one request fetches
    (tmp_path / "large.bin").write_bytes(content)
    (tmp_path / "small.txt").write_bytes(b"small")
    for key in ("in/large.bin", "in/sub/small.txt", "in/.hidden", "other/small.txt", "inside.txt"):
        s3[0].put(key, tmp_path / ("large.bin" if "large" in key else "small.txt"))
    service = await install(storage_roots={"s3": s3[0].root()})
    body = {"project_id": service.account.project_id, "root": "s3", "path": "in"}
    item = await service.ask("item.create", **body)
    assert item["kind"] == "directory"
    link = await service.add_link(item, target_type="directory", permission="download")
    base, headers = f"/s/{link['token']}", {"X-Share-Password": PASSWORD}

    async def get(path: str, **more: str) -> tuple[int, bytes, Any]:
        response = await service.client.get(f"{base}/{path}", headers={**headers, **more})
        return response.status, await response.read(), response.headers

    status, listing, _ = await get("files")
    assert status == 200
    entries = json.loads(listing)["entries"]
    assert [(entry["kind"], entry["path"], entry["size"]) for entry in entries] == [
        ("directory", "sub", None),
        ("file", "large.bin", len(content)),
    ]
    status, body_, told = await get("files/large.bin")
    assert (status, body_ == content, told["ETag"]) == (200, True, entries[1]["etag"])
    status, body_, _ = await get("files/large.bin", Range="bytes=5000000-5000009")
    assert (status, body_) == (206, content[5_000_000:5_000_010])
    for path in (
        "files/.hidden",
        "files/nowhere",
        "files/%2e%2e/other/small.txt",
        "files/sub/%2e%2e/%2e%2e/inside.txt",
    ):
        assert (await get(path))[0] == 404
    status, zipped, _ = await get("archive.zip")
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == ["large.bin", "sub/small.txt"]
    s3[0].put("in/large.bin", tmp_path / "small.txt")
    status, body_, _ = await get("files/large.bin", Range="bytes=1-", **{"If-Range": told["ETag"]})
    assert (status, body_) == (200, b"small")


async def test_files_are_uploaded_into_a_folder_of_s3(
    s3: tuple[Bucket, Bucket], tmp_path: Path, install: Callable[..., Awaitable[Installation]]
) -> None:
    content = bytes(range(256)) * 40_000  # more than is stored at once
    (tmp_path / "there.txt").write_bytes(b"there")
    s3[0].put("up/there.txt", tmp_path / "there.txt")
    service = await install(storage_roots={"s3": s3[0].root()})
    item = await service.ask("item.create", project_id=service.account.project_id, root="s3", path="up")
    link = await service.add_link(item, target_type="directory", permission="write")
    base, headers, client = f"/s/{link['token']}/files", {"X-Share-Password": PASSWORD}, service.client
    whole = await client.put(f"{base}/new/large.bin", data=io.BytesIO(content), headers=headers)
    assert whole.status == 201, await whole.text()
    assert s3[0].client.get_object(Bucket=s3[0].name, Key="up/new/large.bin")["Body"].read() == content
    refused = await client.put(f"{base}/there.txt", data=b"x", headers={**headers, "If-None-Match": "*"})
    assert refused.status == 412
    begun = await client.put(f"{base}/there.txt", headers={**headers, "Upload-Complete": "?0"})
    part = {**headers, "Content-Type": "application/partial-upload"}
    for offset, complete, status in ((0, "?0", 204), (3, "?1", 200)):
        state = {"Upload-Offset": str(offset), "Upload-Complete": complete, "Overwrite": "T"}
        sent = await client.patch(begun.headers["Location"], data=b"new", headers={**part, **state})
        assert sent.status == status, await sent.text()
    there = await client.get(f"{base}/there.txt", headers=headers)
    assert (await there.read(), there.headers["ETag"]) == (b"newnew", sent.headers["ETag"])
    assert list((service.settings.data_dir / "uploads").iterdir()) == []


async def test_the_credentials_of_one_root_do_not_open_another(
    s3: tuple[Bucket, Bucket], install: Callable[..., Awaitable[Installation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = s3
    one.put("RGB.byte.tif", DATA / "RGB.byte.tif")
    two.put("RGB.byte.tif", DATA / "RGB.byte.tif")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", one.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", one.secret_access_key)
    other = {"access_key_id": two.access_key_id, "secret_access_key": two.secret_access_key}
    unsigned = {"access_key_id": None, "secret_access_key": None}
    service = await install(
        storage_roots={
            "one": one.root(),
            "two": two.root(),
            "one with the keys of two": one.root(**other),
            "one with a wrong secret": one.root(secret_access_key="wrong"),
            "one without keys": one.root(**unsigned),
            "one by the environment": one.root(environment=True, **unsigned),
        }
    )
    for root in ("one", "two", "one by the environment"):
        assert (await register(service, root))[0] == 200
    for root in ("one with the keys of two", "one with a wrong secret", "one without keys"):
        status, told = await register(service, root)
        assert (status, told["code"], told["field"]) == (422, "field_invalid", "path"), root
        assert "denies access" in told["detail"]
        assert not {one.name, one.endpoint, one.access_key_id} & set(str(told).split())


async def test_requests_carry_the_keys_of_their_root_and_nothing_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ENDPOINT_URL_S3", "ENDPOINT", "REGION"):
        monkeypatch.setenv(f"AWS_{name}", "http://of.the.environment")
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "x").write_bytes(b"12345678")
    with range_server(tmp_path) as server:
        ours = {"url": "s3://bucket", "endpoint": server.url}
        signed = RemoteRoot.model_validate({**ours, "access_key_id": "MINE", "secret_access_key": "s"})
        for root, sign in ((signed, "Credential=MINE/"), (RemoteRoot.model_validate(ours), "")):
            folder = RemoteFolder("r", root, 2)
            found = await folder.look("x")
            assert folder.fetch(found, 2, 5) == b"345"
            for headers in server.headers:
                assert sign in headers.get("authorization", "")
                assert ("authorization" in headers) == bool(sign)
                assert "of.the.environment" not in str(headers)
            server.restart_counts()


def test_stores_of_other_clouds_can_be_opened() -> None:
    """No more than that: nothing here speaks for Google or Azure."""
    options = {"options": {"account_name": "me", "account_key": "c2VjcmV0"}}
    for root in ({"url": "gs://bucket/prefix"}, {"url": "az://bucket/prefix", **options}):
        RemoteFolder("r", RemoteRoot.model_validate(root), 2)
    broken = {"url": "gs://bucket", "options": {"service_account_key": "no JSON"}}
    with pytest.raises(Misconfigured, match="TILEGATE_STORAGE_ROOTS: r:"):
        RemoteFolder("r", RemoteRoot.model_validate(broken), 2)


async def test_a_redirect_is_followed(tmp_path: Path) -> None:
    """The limit that docs/operating.md tells: what a web server of strangers redirects to is asked."""
    (tmp_path / "x").write_bytes(b"12345678")
    with range_server(tmp_path) as target, range_server(tmp_path) as server:
        server.redirect = f"{target.url}/x"
        await RemoteFolder("r", RemoteRoot(url=server.url), 2).look("x")
        assert target.asked.heads == 1
