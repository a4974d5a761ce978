"""Whatever a path says, nothing outside the folder is reached."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from service.catalogue.storage.entry import EntryKind, visible_parts
from service.catalogue.storage.local_folder import LocalFolder
from service.errors import NotFound

SECRET = b"outside"


@pytest.fixture
def folder(tmp_path: Path) -> LocalFolder:
    """A folder with all that could lead out of it, beside what must not be had."""
    inside = tmp_path / "inside"
    (inside / "deep" / "er").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    (tmp_path / "inside.gz").write_bytes(SECRET)
    (inside / "file").write_bytes(b"file")
    (inside / "deep" / "file").write_bytes(b"deep file")
    (inside / "deep" / "file.gz").write_bytes(b"packed")
    (inside / "link").symlink_to(tmp_path / "outside" / "secret")
    (inside / "link_in").symlink_to("file")
    (inside / "folder_link").symlink_to(tmp_path / "outside")
    (inside / "folder_link_in").symlink_to("deep")
    (inside / "loop").symlink_to("loop")
    os.mkfifo(inside / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inside / "socket"))
    (inside / os.fsdecode(b"no text \xff")).write_bytes(b"x")
    return LocalFolder(inside)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "..",
        ".",
        "../outside/secret",
        "deep/../../outside/secret",
        "deep/..",
        "./file",
        "/etc/passwd",
        "//etc/passwd",
        "deep//file",
        "deep/file/",
        "file/",
        "file\0",
        "fi\0le",
        "link",
        "link_in",
        "folder_link/secret",
        "folder_link_in/file",
        "loop",
        "pipe",
        "socket",
        "deep",
        "..%2foutside%2fsecret",
        "..\\outside\\secret",
        "file.gz",
        "no text \udcff",
        "x" * 300,
        "x/" * 600 + "x",
        "/".join("x" * 100),
    ],
)
def test_paths(folder: LocalFolder, path: str) -> None:
    with pytest.raises(NotFound) as caught:
        folder.open_file(path)
    assert caught.value.code == "file_not_found"
    assert str(caught.value) == "There is no such file or folder here."


def test_a_file_is_read_from_the_descriptor_that_was_checked(folder: LocalFolder) -> None:
    descriptor, status = folder.open_file("deep/file")
    assert os.read(descriptor, 100) == b"deep file"
    assert status.st_size == 9
    os.close(descriptor)


def test_a_listing_shows_what_can_be_had_and_nothing_else(folder: LocalFolder) -> None:
    assert [(entry.kind, entry.name) for entry in folder.page("", None, 100)] == [
        (EntryKind.DIRECTORY, "deep"),
        (EntryKind.FILE, "file"),
    ]
    assert [path for path, _ in folder.walk("")] == ["deep", "file", "deep/er", "deep/file", "deep/file.gz"]
    for path in ("..", "folder_link", "folder_link_in", "file", "nowhere"):
        with pytest.raises(NotFound):
            folder.page(path, None, 100)


def test_pages_of_a_folder_are_folders_first_then_names(tmp_path: Path) -> None:
    for name in ("b", "A", "c", "ä"):
        (tmp_path / name).touch()
        (tmp_path / f"{name} folder").mkdir()
    folder, names, after = LocalFolder(tmp_path), list[str](), None
    while page := folder.page("", after, 3):
        names += [entry.name for entry in page]
        after = page[-1].order
    assert names == ["A folder", "b folder", "c folder", "ä folder", "A", "b", "c", "ä"]


def test_a_walk_looks_at_files_when_their_turn_comes(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:02}").touch()
    walking = LocalFolder(tmp_path).walk("")
    assert next(walking)[0] == "00"
    for path in tmp_path.iterdir():
        path.unlink()
    assert list(walking) == []


@pytest.mark.parametrize("path", [".git", "a/.env", ".tilegate-upload-1", "a\\b", "a\nb", "a\x7f", "..", "a/"])
def test_what_recipients_may_not_see_is_told_as_missing(path: str) -> None:
    with pytest.raises(NotFound):
        visible_parts(path)


def test_no_descriptor_is_left_open(folder: LocalFolder) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for path in ("deep/file", "folder_link/secret", "pipe", "deep/nowhere", "file/x"):
        with suppress(NotFound):
            os.close(folder.open_file(path)[0])
    list(folder.walk(""))
    next(folder.walk(""))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
