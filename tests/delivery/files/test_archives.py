"""ZIPs that are made while they are sent: any part of them, and what others read in them."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.catalogue.storage.entry import EntryKind
from service.catalogue.storage.roots import StorageRoots
from service.delivery.files.archives import Archive, Layout, Packed
from service.delivery.files.crcs import Crcs
from service.delivery.files.storage import Files, Place
from service.delivery.files.zip_records import Member, descriptor, local_header
from service.errors import SourceFailed

NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20
)
CONTENTS = st.dictionaries(NAMES.filter(lambda name: not name.startswith(".")), st.binary(max_size=200), max_size=6)


async def packed_in(files: Files) -> list[Packed]:
    place = Place(root="files", path="")
    found = [(path, entry) async for path, entry in files.walk(place) if entry.kind is EntryKind.FILE]
    return [
        Packed(name=path, place=place.below(path), entry=entry) for path, entry in sorted(found, key=lambda row: row[0])
    ]


async def read(archive: Archive, start: int = 0, stop: int | None = None) -> bytes:
    chunks = archive.chunks(start, archive.size if stop is None else stop)
    return b"".join([chunk async for chunk in chunks])


@given(contents=CONTENTS, cuts=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8))
@settings(max_examples=20, deadline=None)
def test_any_part_of_an_archive_is_that_part_of_the_whole(
    contents: dict[str, bytes], cuts: list[tuple[float, float]]
) -> None:
    async def check() -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in contents.items():
                (Path(folder) / name).write_bytes(content)
            async with Files(StorageRoots({"files": Path(folder)})) as files:
                packed = await packed_in(files)
                archive = Archive(files, Crcs(), packed)
                whole = await read(archive)
                assert len(whole) == archive.size
                with zipfile.ZipFile(io.BytesIO(whole)) as opened:
                    assert opened.testzip() is None
                    assert {name: opened.read(name) for name in opened.namelist()} == contents
                for one, other in cuts:
                    start, stop = sorted((int(one * len(whole)), int(other * len(whole))))
                    fresh = Archive(files, Crcs(), packed)  # it knows no CRC yet
                    assert fresh.version == archive.version
                    assert await read(fresh, start, stop) == whole[start:stop]

    asyncio.run(check())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_bytes(b"a" * 1000)
    (tmp_path / "sub" / "ü.bin").write_bytes(bytes(range(256)))
    (tmp_path / "empty").touch()
    return tmp_path


async def test_others_read_the_archive(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with Files(StorageRoots({"files": folder})) as files:
        archive = Archive(files, Crcs(), await packed_in(files))
        file = tmp_path_factory.mktemp("zip") / "a.zip"
        file.write_bytes(await read(archive))
    with zipfile.ZipFile(file) as opened:
        assert opened.namelist() == ["a.txt", "empty", "sub/ü.bin"]
        info = opened.getinfo("a.txt")
        modified = datetime.fromtimestamp((folder / "a.txt").stat().st_mtime, UTC)
        assert info.date_time[:5] == modified.timetuple()[:5]
        assert info.external_attr >> 16 == 0o100644
    if shutil.which("unzip"):
        tested = await asyncio.to_thread(subprocess.run, ["unzip", "-t", file], capture_output=True, check=False)
        assert tested.returncode == 0, tested.stdout


async def test_a_file_that_changed_since_cuts_the_archive(folder: Path) -> None:
    async with Files(StorageRoots({"files": folder})) as files:
        archive = Archive(files, Crcs(), await packed_in(files))
        (folder / "sub" / "ü.bin").write_bytes(b"other")
        with pytest.raises(SourceFailed):
            await read(archive)
        (folder / "sub" / "ü.bin").unlink()
        with pytest.raises(SourceFailed):
            await read(archive)


class Counted(Files):
    """Counts how often files are opened, and how many chunks of theirs are read at the same time."""

    def __init__(self, roots: StorageRoots) -> None:
        super().__init__(roots)
        self.opened: list[str] = []
        self.running = self.most = 0

    async def open(self, place: Place, *, follow: bool = False) -> Any:
        self.opened.append(place.path)
        file: Any = await super().open(place, follow=follow)
        read = file._read

        def watched(at: int, length: int) -> bytes:
            self.running += 1
            self.most = max(self.most, self.running)
            time.sleep(0.001)
            self.running -= 1
            return read(at, length)

        file._read = watched
        return file


async def test_whoever_asks_for_ends_of_archives_has_each_file_read_once_and_one_at_a_time(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / name).write_bytes(name.encode() * 700_000)
    async with Counted(StorageRoots({"files": tmp_path})) as files:
        crcs, packed = Crcs(), await packed_in(files)
        archives = [Archive(files, crcs, packed[first:]) for first in range(6) for _ in range(5)]
        ends = await asyncio.gather(*(read(archive, archive.size - 1) for archive in archives))
    assert [len(end) for end in ends] == [1] * len(archives)
    assert sorted(files.opened) == list("abcdef")
    assert files.most == 1, "all other threads are left to downloads"


async def test_a_file_is_read_for_its_crc_only_while_somebody_waits(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a" * 600_000)
    async with Counted(StorageRoots({"files": tmp_path})) as files:
        archive = Archive(files, Crcs(), await packed_in(files))
        waiting = [asyncio.create_task(read(archive, archive.size - 1)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        assert len(await waiting[1]) == len(await waiting[2]) == 1
        assert files.opened == ["a"]
        (tmp_path / "a").write_bytes(b"b" * 600_000)
        archive = Archive(files, Crcs(), await packed_in(files))
        given_up = asyncio.create_task(read(archive, archive.size - 1))
        await asyncio.sleep(0)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert len(await read(archive, archive.size - 1)) == 1


async def test_the_same_files_give_the_same_version_and_others_another(folder: Path) -> None:
    async with Files(StorageRoots({"files": folder})) as files:
        versions = [Archive(files, Crcs(), await packed_in(files)).version for _ in range(2)]
        (folder / "a.txt").write_bytes(b"b" * 1000)
        versions.append(Archive(files, Crcs(), await packed_in(files)).version)
    assert versions[0] == versions[1] != versions[2]


def test_large_archives_have_64_bit_records(tmp_path: Path) -> None:
    """Laid out as a sparse file, so that only its records are there: enough for what reads the central directory."""
    sizes = [5, 2**32 - 2, 2**32 - 1, 3 * 2**32, 7]
    members = [
        Member(name=f"{number}".encode(), size=size, modified=datetime(2026, 1, 2, tzinfo=UTC))
        for number, size in enumerate(sizes)
    ]
    layout = layout_of(members)
    with (tmp_path / "large.zip").open("wb") as file:
        for member, start in zip(members, layout.starts, strict=False):
            file.seek(start)
            file.write(local_header(member))
            file.seek(member.size, io.SEEK_CUR)
            file.write(descriptor(member, 0))
        file.write(layout.directory([0] * len(members)))
        assert file.tell() == layout.size
    with zipfile.ZipFile(tmp_path / "large.zip") as opened:
        assert [info.file_size for info in opened.infolist()] == sizes
        assert [info.header_offset for info in opened.infolist()] == layout.starts[:-1]
        assert opened.open("4").read(0) == b""


@pytest.mark.slow
def test_many_files_need_a_64_bit_count(tmp_path: Path) -> None:
    count = 66_000
    layout = layout_of(
        [Member(name=b"%d" % n, size=0, modified=datetime(2026, 1, 2, tzinfo=UTC)) for n in range(count)]
    )
    whole = b"".join(local_header(member) + descriptor(member, 0) for member in layout.members)
    with zipfile.ZipFile(io.BytesIO(whole + layout.directory([0] * count))) as opened:
        assert len(opened.infolist()) == count


def layout_of(members: list[Member]) -> Layout:
    """The layout of members that are nowhere."""
    return Layout.of_members(tuple(members))
