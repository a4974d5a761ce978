"""Storage roots: whatever a path says, nothing outside its root is found."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.catalogue.storage.roots import StorageRoots, file_version
from service.errors import BadInput, Gone
from tiling.files.raster_source import RasterSource
from tiling.files.small_files import read_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = b"outside"


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """A folder with a root, and with files beside it that must not be reached."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        root = top / "root"
        (root / "sub" / "deep").mkdir(parents=True)
        (root / "a.tif").write_bytes(b"a")
        (root / "sub" / "b.tif").write_bytes(b"b")
        (root / "..c.tif").write_bytes(b"c")
        (root / "white space.tif").write_bytes(b"d")
        (root / "\u00fcber.tif").write_bytes(b"e")
        (root / os.fsdecode(b"\xff.tif")).write_bytes(b"f")
        (top / "secret.tif").write_bytes(SECRET)
        (top / "root2").mkdir()
        (top / "root2" / "a.tif").write_bytes(SECRET)
        (root / "inside").symlink_to("sub/b.tif")
        (root / "to_file").symlink_to("../secret.tif")
        (root / "to_absolute").symlink_to(top / "secret.tif")
        (root / "to_folder").symlink_to("..")
        (root / "to_neighbour").symlink_to("../root2")
        (root / "to_passwd").symlink_to("/etc/passwd")
        (root / "to_proc").symlink_to("/proc/self/root")
        (root / "loop").symlink_to("loop")
        (root / "loop_a").symlink_to("loop_b")
        (root / "loop_b").symlink_to("loop_a")
        (root / "sub" / "up").symlink_to("../..")
        (root / "dangling").symlink_to("nothing.tif")
        os.mkfifo(root / "fifo")
        (top / "linked_root").symlink_to("root")
        yield top


@pytest.fixture(scope="module")
def roots(tree: Path) -> StorageRoots:
    return StorageRoots({"files": tree / "root", "linked": tree / "linked_root", "gone": tree / "nothing"})


def field_at_fault(roots: StorageRoots, root: str, path: str) -> str | None:
    with pytest.raises(BadInput) as refused:
        roots.look(root, path)
    assert refused.value.code == "field_invalid"
    return refused.value.field


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.tif", b"a"),
        ("./a.tif", b"a"),
        ("sub/b.tif", b"b"),
        ("sub//b.tif", b"b"),
        ("sub/./b.tif", b"b"),
        ("..c.tif", b"c"),
        ("white space.tif", b"d"),
        ("\u00fcber.tif", b"e"),
        ("\udcff.tif", b"f"),
        ("inside", b"b"),
    ],
)
@pytest.mark.parametrize("root", ["files", "linked"])
def test_a_file_inside_is_found(roots: StorageRoots, tree: Path, root: str, path: str, content: bytes) -> None:
    source = RasterSource.beneath(roots.look(root, path))
    assert read_whole(source, 10) == content
    assert Path(source.path).is_relative_to(tree / "root")
    assert not Path(source.path).is_symlink()


OUTSIDE = [
    "../secret.tif",
    "sub/../../secret.tif",
    "sub/../a.tif",
    "..",
    "../root/a.tif",
    "../root2/a.tif",
    "/etc/passwd",
    "//etc/passwd",
    "/",
    "",
    ".",
    "./",
    "sub",
    "sub/",
    "to_file",
    "to_absolute",
    "to_folder/secret.tif",
    "to_folder/root/../secret.tif",
    "to_neighbour/a.tif",
    "to_passwd",
    "to_proc/etc/passwd",
    "sub/up/secret.tif",
    "loop",
    "loop/a.tif",
    "loop_a",
    "dangling",
    "fifo",
    "a.tif/",
    "a.tif/.",
    "a.tif/b.tif",
    "a.tif\0",
    "a.tif\0.png",
    "\0",
    "nothing.tif",
    "A.TIF",
    " a.tif",
    "a.tif ",
    "..\\secret.tif",
    "%2e%2e/secret.tif",
    "..%2fsecret.tif",
    "\u2025/secret.tif",
    "\uff0e\uff0e/secret.tif",
    "~/a.tif",
    "file:///etc/passwd",
    "/vsicurl/http://127.0.0.1/",
    "/vsizip/a.zip/a.tif",
    "\ud800",
    "x" * 256,
    "x/" * 511,
    "../" * 300 + "etc/passwd",
    "x" * 100_000,
    "./" * 400 + "a.tif" + "/" * 300,
]


@pytest.mark.parametrize("path", [pytest.param(path, id=ascii(path[:30])) for path in OUTSIDE])
def test_anything_else_is_not_there(roots: StorageRoots, path: str) -> None:
    assert field_at_fault(roots, "files", path) == "path"


@pytest.mark.parametrize("root", ["", "Files", "../files", "files/", "file"])
def test_an_unknown_root_is_told(roots: StorageRoots, root: str) -> None:
    assert field_at_fault(roots, root, "a.tif") == "root"


def test_a_root_that_is_not_there_holds_nothing(roots: StorageRoots) -> None:
    assert field_at_fault(roots, "gone", "a.tif") == "path"
    assert roots.names == ["files", "linked", "gone"]


def test_a_socket_is_not_served(roots: StorageRoots, tree: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tree / "root" / "socket"))
        assert field_at_fault(roots, "files", "socket") == "path"


def test_a_refusal_tells_no_path(roots: StorageRoots, tree: Path) -> None:
    with pytest.raises(BadInput) as refused:
        roots.look("files", "to_absolute")
    assert str(tree) not in refused.value.detail


PARTS = st.sampled_from(
    ["..", ".", "", "a.tif", "sub", "b.tif", "up", "to_folder", "to_proc", "root", "root2", "secret.tif", "loop", "~"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=8).map("/".join) | st.text(max_size=40))
@example("sub/up/root/a.tif")
def test_no_path_leads_outside(roots: StorageRoots, tree: Path, path: str) -> None:
    try:
        found = Path(roots.look("files", path).path)
    except BadInput:
        return
    assert found.is_relative_to(tree / "root")
    assert found.is_file()
    assert found == found.resolve()
    assert found.read_bytes() != SECRET


def test_a_root_that_is_replaced_is_looked_at_anew(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "a.tif").write_bytes(b"2")
    link = tmp_path / "root"
    link.symlink_to("one")
    roots = StorageRoots({"files": link})
    assert field_at_fault(roots, "files", "a.tif") == "path"
    link.unlink()
    link.symlink_to("two")
    assert Path(roots.look("files", "a.tif").path).read_bytes() == b"2"
    link.unlink()
    assert field_at_fault(roots, "files", "a.tif") == "path"


def test_the_root_of_a_file_is_known(roots: StorageRoots, tree: Path) -> None:
    assert roots.contains(tree / "root" / "sub" / "b.tif") == ("files", "sub/b.tif")
    assert roots.contains(tree / "root" / "inside") == ("files", "sub/b.tif")
    assert roots.contains(tree / "secret.tif") is None
    assert roots.contains(tree / "root" / "to_file") is None
    assert roots.contains(tree / "root2" / "a.tif") is None


def test_a_version_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"1234")
    versions = [file_version(path), file_version(path)]
    path.write_bytes(b"12345")
    versions.append(file_version(path))
    os.utime(path, ns=(1, 2))
    versions.append(file_version(path))
    (tmp_path / "b.tif").write_bytes(b"12345")
    os.utime(tmp_path / "b.tif", ns=(1, 2))
    (tmp_path / "b.tif").rename(path)
    versions.append(file_version(path))
    assert versions[0] == versions[1]
    assert len(set(versions)) == 4


def test_a_file_that_went_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(Gone) as gone:
        file_version(tmp_path / "a.tif")
    assert gone.value.code == "target_gone"
    assert str(tmp_path) not in gone.value.detail
