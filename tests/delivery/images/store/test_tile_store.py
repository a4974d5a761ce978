"""The tile store: real files, real LMDB."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import stat
from typing import TYPE_CHECKING

import lmdb
import pytest
from lmdb.verify import verify

from service.delivery.images.store import file_system, store_folder
from service.delivery.images.store.file_system import network_file_system
from service.delivery.images.store.generation import Generation
from service.delivery.images.store.pages import Torn
from service.delivery.images.store.salt import render_salt
from service.delivery.images.store.store_folder import StoreFolder
from service.delivery.images.store.tile_store import MOST_WAITING, open_tile_store
from service.storage_root import RemoteRoot
from tests.delivery.images.store.samples import BOUND, EMPTY, SALT, bytes_in, fill, image_of, key_of, opened, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiles"


def newest(folder: Path) -> Path:
    return max(folder.glob("*.lmdb"))


async def test_what_was_stored_is_there_after_a_restart(folder: Path) -> None:
    async with opened(folder) as store:
        store.put(key_of(), image_of())
        store.put(key_of(1), EMPTY)
    async with opened(folder) as store:
        assert store.get(key_of()) == image_of()
        assert store.get(key_of(1)) == EMPTY
        assert store.get(key_of(version="2")) is None
        assert store.get(key_of(2)) is None


async def test_another_version_of_the_code_finds_nothing(folder: Path) -> None:
    await fill(folder, 1)
    async with opened(folder, salt=b"next") as store:
        assert store.get(key_of()) is None


async def test_nobody_else_may_read_it(folder: Path) -> None:
    await fill(folder, 1)
    assert modes(folder) == {"tiles": 0o700, "lock": 0o600, ".lmdb": 0o600, ".lmdb-lock": 0o600}


async def test_its_files_stay_within_their_bound_and_what_is_in_use_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_folder, "LEAST_BYTES", 4 * 2**20)
    bound = 2 * store_folder.LEAST_BYTES
    async with opened(folder, bound=bound) as store:
        store.put(key_of(), image_of())
        for x in range(1, 1200):  # 18 MB
            store.put(key_of(x), image_of(x))
            if x % 100 == 0:
                await stored(store, key_of(x))
                assert store.get(key_of()) == image_of()
        assert store.get(key_of(1)) is None
    assert bound // 4 < bytes_in(folder) <= bound


def modes(folder: Path) -> dict[str, int]:
    return {path.suffix or path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def blank(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def garble(path: Path) -> None:
    """Overwrite all but the first two pages, which are LMDB's own."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (size - 8192))


def garble_values(path: Path) -> None:
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(content.index(b"7/7/7/"))
        file.write(b"8")


def be_of_another_version(path: Path) -> None:
    with path.open("r+b") as file:
        for page in (0, 4096):
            file.seek(page + 20)
            file.write(b"\x07")


def be_foreign(path: Path) -> None:
    """Hold, in a sound LMDB file, what others have stored."""
    other = path.with_name("other")
    with lmdb.open(str(other), subdir=False) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"their name", b"their value")
    path.write_bytes(other.read_bytes())


def be_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy2(path, copy)
    copy.rename(path)


def be_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "break_it",
    [truncate, blank, garble, garble_values, be_of_another_version, be_foreign, be_a_copy, be_a_link],
    ids=lambda function: function.__name__,
)
async def test_a_torn_or_foreign_store_is_thrown_away(
    folder: Path, break_it: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    await fill(folder, 200)
    broken = newest(folder)
    break_it(broken)
    async with opened(folder) as store:
        assert all(store.get(key_of(x)) in (None, image_of(x)) for x in range(200))
        store.put(key_of(7), image_of(7))
        assert await stored(store, key_of(7)) == image_of(7)
        async with asyncio.timeout(30):
            while broken.exists():  # noqa: ASYNC110  (what it waits for happens in a thread)
                await asyncio.sleep(0.01)
    assert "is thrown away" in caplog.text
    assert all(record.levelno == logging.WARNING for record in caplog.records)


def test_any_page_that_is_not_what_it_was_is_found_before_lmdb_follows_it(folder: Path, tmp_path: Path) -> None:
    asyncio.run(fill(folder, 3000, size=100))
    path = newest(folder)
    assert verify(str(path)) == []
    content, torn = path.read_bytes(), 0
    for page in range(2, len(content) // 4096):
        begins = page * 4096
        other = tmp_path / f"{page}.lmdb"
        other.write_bytes(content[: begins + 10] + b"\xff" * 6 + content[begins + 16 :])
        try:
            Generation.open(other, BOUND).close()
        except Torn:
            torn += 1
    assert torn > 10  # the others are free: nothing leads there


def test_what_others_have_there_stays(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "notes.txt").write_text("mine")
    asyncio.run(fill(folder, 1))
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("magic", ["NFS", "FUSE", "SMB"])
async def test_there_is_none_on_a_network_file_system(
    folder: Path, magic: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store_folder, "network_file_system", lambda _: magic)
    assert open_tile_store(folder, BOUND, lambda: SALT, 0) is None
    assert f"it lies on {magic}" in caplog.text


def test_a_local_file_system_is_none_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert network_file_system(tmp_path) is None
    with pytest.raises(FileNotFoundError):
        network_file_system(tmp_path / "missing")
    monkeypatch.setattr(file_system, "NETWORK_FILE_SYSTEMS", dict.fromkeys(range(0x1_0000), "NFS"))
    assert network_file_system(tmp_path) in (None, "NFS")


def test_there_is_none_where_the_folder_is_a_file_or_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tiles").write_text("a file")
    assert open_tile_store(tmp_path / "tiles", BOUND, lambda: SALT, 0) is None
    assert "there is no tile store" in caplog.text
    assert open_tile_store(tmp_path / "off", 0, lambda: SALT, 0) is None
    assert not (tmp_path / "off").exists()


def test_there_is_none_in_a_read_only_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(mode=0o500)
    monkeypatch.setattr(os, "access", lambda *_: False)  # who runs the tests may be root, whom modes do not stop
    assert open_tile_store(folder, BOUND, lambda: SALT, 0) is None
    assert "read-only" in caplog.text


async def test_on_a_full_disk_nothing_is_stored_and_a_line_says_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(folder, keep_free=2**60) as store:
        store.put(key_of(), image_of())
        async with asyncio.timeout(30):
            while not caplog.records:  # noqa: ASYNC110  (what it waits for happens in a thread)
                await asyncio.sleep(0.01)
        assert store.get(key_of()) is None
    assert "the disk is full" in caplog.text


async def test_a_write_that_fails_is_logged_and_the_store_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(folder, 1)

    def fail(*_: object) -> None:
        raise lmdb.DiskError("No space left on device")

    async with opened(folder) as store:
        monkeypatch.setattr(Generation, "put", fail)
        store.put(key_of(1), image_of(1))
        async with asyncio.timeout(30):
            while not store.failures:  # noqa: ASYNC110  (what it waits for happens in a thread)
                await asyncio.sleep(0.01)
        assert store.get(key_of()) == image_of()
        assert store.get(key_of(1)) is None
    assert "No space left" in caplog.text


async def test_what_would_wait_too_long_is_not_kept(folder: Path) -> None:
    async with opened(folder) as store:
        for x in range(MOST_WAITING // 1_000_000 + 5):
            store.put(key_of(x), image_of(x, 1_000_000))
        assert store.dropped > 0


async def test_a_forked_child_finds_nothing_and_breaks_nothing(folder: Path) -> None:
    await fill(folder, 1)
    async with opened(folder) as store:
        child = os.fork()
        if child == 0:
            os._exit(0 if store.get(key_of()) is None else 1)
        assert (await asyncio.to_thread(os.waitpid, child, 0))[1] == 0
        assert store.get(key_of()) == image_of()


async def test_a_second_user_of_one_process_has_none_and_the_first_keeps_its_own(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(folder, 1)
    async with opened(folder) as store:
        assert open_tile_store(folder, BOUND, lambda: SALT, 0) is None
        assert "already open" in caplog.text
        assert store.get(key_of()) == image_of()
        assert newest(folder).exists()


def test_what_decides_pixels_changes_the_salt(tmp_path: Path) -> None:
    font = tmp_path / "font.ttf"
    font.write_bytes(b"one")
    roots: dict[str, Path | RemoteRoot] = {"files": tmp_path, "far": RemoteRoot(url="s3://bucket/a")}
    salts = [render_salt(roots, font), render_salt(roots, None)]
    assert salts[0] == render_salt({**roots, "files": tmp_path / "other"}, font)  # a local file is named by its path
    font.write_bytes(b"two")
    salts += [render_salt(roots, font), render_salt({**roots, "far": RemoteRoot(url="s3://bucket/b")}, font)]
    assert len(set(salts)) == len(salts)


def test_a_generation_of_another_worker_is_noticed(folder: Path) -> None:
    first = StoreFolder(folder, BOUND)
    only = first.held[0]
    first.follow(only)
    first.follow(only)  # another worker found it full too
    assert len(first.held) == 2
    assert first.held[1] is only
    assert first.refresh() is False
    for generation in first.held:
        generation.close()
