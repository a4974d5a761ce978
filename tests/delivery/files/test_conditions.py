"""Conditions and ranges: which bytes a request is answered with."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.catalogue.storage.local_folder import LocalFolder, entry_of
from service.delivery.files import open_files
from service.delivery.files.conditions import Conditions, Version, select
from service.delivery.files.open_files import LocalFile, Sending
from service.errors import Conflict, RangeNotSatisfiable, SourceFailed

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=1)
VERSION = Version(etag='"one"', modified=OLD, size=100)
SIZE = 5000
CONTENT = bytes(number * number % 251 for number in range(SIZE))
NUMBERS = st.one_of(st.integers(0, 2 * SIZE), st.sampled_from([0, 1, SIZE - 1, SIZE, SIZE + 1, 10**30])).map(str)
HEADERS = st.one_of(
    st.builds(lambda first, last: f"bytes={first}-{last}", NUMBERS, NUMBERS),
    st.builds(lambda first: f"bytes={first}-", NUMBERS),
    st.builds(lambda last: f"bytes=-{last}", NUMBERS),
    st.sampled_from(["bytes=-", "bytes=1-2,4-5", "bytes=5-2", "items=0-1", "", "bytes", "bytes=a-b", "bytes=--1"]),
)


def model(header: str) -> tuple[int, bytes]:
    """Status and body, said plainly: RFC 9110, 14.1.2 and 14.2."""
    unit, _, text = header.partition("=")
    first, dash, last = text.partition("-")
    words = [word for word in (first, last) if word]
    if unit != "bytes" or not dash or not words or not all(word.isdigit() for word in words):
        return 200, CONTENT
    if not first:
        return (206, CONTENT[-int(last) :]) if int(last) else (416, b"")
    if last and int(last) < int(first):
        return 200, CONTENT
    part = CONTENT[int(first) : int(last) + 1] if last else CONTENT[int(first) :]
    return (206, part) if part else (416, b"")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(CONTENT)
    return path


async def sent(file: Path, threads: ThreadPoolExecutor, start: int, stop: int) -> bytes:
    descriptor, status = LocalFolder(file.parent).open_file(file.name)
    sending = await Sending.begin(LocalFile(descriptor, entry_of(file.name, status), threads), start, stop)
    body = b"".join([chunk async for chunk in sending])
    await sending.close()
    return body


@given(headers=st.lists(HEADERS, min_size=20, max_size=20))
@settings(max_examples=20, deadline=None)
def test_range_model(file: Path, headers: list[str]) -> None:
    """Whatever range is asked for: the bytes are those of the file, or there are none."""

    async def check() -> None:
        with ThreadPoolExecutor(1) as threads:
            for header in headers:
                status, body = model(header)
                try:
                    chosen = select(Conditions(range=header), Version(etag='"a"', modified=OLD, size=SIZE), NOW)
                except RangeNotSatisfiable as exc:
                    size = exc.size
                    assert (status, size) == (416, SIZE), header
                    continue
                assert chosen.status == status, header
                assert await sent(file, threads, chosen.start, chosen.stop) == body, header

    chunk = open_files.LOCAL_CHUNK
    try:
        open_files.LOCAL_CHUNK = 777
        asyncio.run(check())
    finally:
        open_files.LOCAL_CHUNK = chunk


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        (Conditions(), 200),
        (Conditions(if_none_match=('"two"', '"one"')), 304),
        (Conditions(if_none_match=("*",)), 304),
        (Conditions(if_none_match=('"two"',), if_modified_since=NOW), 200),
        (Conditions(if_modified_since=OLD), 304),
        (Conditions(if_modified_since=OLD - timedelta(seconds=1)), 200),
        (Conditions(range="bytes=5-", if_range='"one"'), 206),
        (Conditions(range="bytes=5-", if_range='"two"'), 200),
        (Conditions(range="bytes=5-", if_range='W/"one"'), 200),
        (Conditions(range="bytes=5-", if_range="a date", if_range_date=OLD), 206),
        (Conditions(range="bytes=5-", if_range="a date", if_range_date=NOW), 200),
        (Conditions(range="bytes=5-", if_range="not a date"), 200),
        (Conditions(range="bytes=5-", if_match=('"one"',)), 206),
        (Conditions(if_match=("*",)), 200),
        (Conditions(if_match=('"two"',)), 412),
        (Conditions(if_match=()), 412),
        (Conditions(if_unmodified_since=OLD), 200),
        (Conditions(if_unmodified_since=OLD - timedelta(seconds=1)), 412),
    ],
)
def test_conditions_are_asked_in_the_order_of_the_specification(conditions: Conditions, status: int) -> None:
    try:
        answered = select(conditions, VERSION, NOW).status
    except Conflict as exc:
        answered = {"precondition_failed": 412}[exc.code]
    assert answered == status


def test_a_date_says_nothing_of_a_file_that_was_just_changed() -> None:
    fresh = Version(etag='"one"', modified=NOW - timedelta(seconds=1), size=100)
    wanted = Conditions(range="bytes=5-", if_range="a date", if_range_date=fresh.modified)
    assert select(wanted, fresh, NOW).status == 200


@pytest.mark.parametrize("change", ["written", "shorter", "longer"])
async def test_a_file_that_changes_while_it_is_sent_is_not_mixed(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "LOCAL_CHUNK", 1000)
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    descriptor, status = LocalFolder(tmp_path).open_file("file")
    with ThreadPoolExecutor(1) as threads:
        sending = await Sending.begin(LocalFile(descriptor, entry_of("file", status), threads), 0, SIZE)
        chunks = aiter(sending)
        assert await anext(chunks) == CONTENT[:1000]
        path.write_bytes({"written": bytes(SIZE), "shorter": CONTENT[:50], "longer": CONTENT + b"x"}[change])
        with pytest.raises(SourceFailed):
            await anext(chunks)
        await sending.close()


async def test_a_file_that_is_replaced_while_it_is_sent_goes_on_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "LOCAL_CHUNK", 1000)
    (tmp_path / "file").write_bytes(CONTENT)
    descriptor, status = LocalFolder(tmp_path).open_file("file")
    with ThreadPoolExecutor(1) as threads:
        sending = await Sending.begin(LocalFile(descriptor, entry_of("file", status), threads), 0, SIZE)
        (tmp_path / "new").write_bytes(bytes(SIZE))
        (tmp_path / "new").rename(tmp_path / "file")
        assert b"".join([chunk async for chunk in sending]) == CONTENT
        await sending.close()
