"""A download costs one tree, one look at the disk and one question to Redis."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from service.catalogue.storage.local_folder import LocalFolder
from service.operations.files import downloads
from tests.api.files.test_files import address, folder_link
from tests.api.tiles.test_tile_path import IN_METER, commands
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

HEADERS = {"X-Share-Password": PASSWORD}


@pytest.mark.parametrize(
    ("method", "more", "status", "asked"),
    [
        pytest.param("GET", {}, 200, "cmdstat_evalsha", id="whole"),
        pytest.param("GET", {"Range": "bytes=1-2"}, 206, "cmdstat_evalsha", id="part"),
        pytest.param("GET", {"If-None-Match": "*"}, 304, "cmdstat_hmget", id="held"),
        pytest.param("HEAD", {}, 200, "cmdstat_hmget", id="HEAD"),
        pytest.param("GET", {"If-Match": '"another"'}, 412, "cmdstat_hmget", id="another version"),
    ],
)
async def test_a_file_is_looked_at_once_and_redis_asked_once(
    install: Callable[..., Awaitable[Installation]],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    more: dict[str, str],
    status: int,
    asked: str,
) -> None:
    service = await install(settle_interval=1000)
    link = await folder_link(service, permission="download")
    path = f"{address(link)}/a.bin"
    for _ in range(2):  # the first that is counted asks for the organization's time zone
        assert (await service.client.get(path, headers=HEADERS)).status == 200
    looks = Counter[str]()
    for owner, name in ((LocalFolder, "look"), (LocalFolder, "open_file"), (downloads, "tree_of")):
        monkeypatch.setattr(owner, name, counted(looks, name, getattr(owner, name)))
    before = await commands(service)
    assert (await service.client.request(method, path, headers=HEADERS | more)).status == status
    after = await commands(service)
    spent = {name: calls - before.get(name, 0) for name, calls in after.items() if calls != before.get(name, 0)}
    assert spent == {asked: 1} | ({"cmdstat_hmget": IN_METER} if asked == "cmdstat_evalsha" else {})
    assert looks == {"open_file": 1, "tree_of": 1}


async def test_a_file_of_a_link_that_only_shows_it_is_refused(service: Installation) -> None:
    link = await folder_link(service, permission="view")
    answers = [await service.client.get(f"{address(link)}/{name}", headers=HEADERS) for name in ("a.bin", "none.bin")]
    assert [answer.status for answer in answers] == [403, 404]


async def test_another_worker_tells_nothing_of_a_file_once_its_link_was_revoked(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    first, second = await install(), await install()
    link = await folder_link(first, permission="download")
    paths = [f"{address(link)}{path}" for path in ("/a.bin", "/none.bin", "")]
    for path in paths:
        assert (await second.client.get(path, headers=HEADERS)).status in {200, 404}
    record = second.services.records.links.cached(link["id"])
    await first.ask("share.link.revoke", link_id=link["id"])
    second.services.records.links.cached = lambda _: record  # type: ignore[method-assign,assignment]
    for path in paths:
        for headers in (HEADERS, HEADERS | {"If-None-Match": "*"}):
            assert (await second.client.get(path, headers=headers)).status == 410


def counted(calls: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Count the calls of a function."""

    def call(*args: Any, **more: Any) -> Any:
        calls[name] += 1
        return function(*args, **more)

    return call
