"""The master key's file, and what is derived from it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import Misconfigured
from service.links.credentials.master_key import derive, load_master_keys

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a1" * 32, "B2" * 32


def test_a_new_key_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"
    first = load_master_keys(path)
    assert load_master_keys(path) == first
    assert [len(key) for key in first] == [32]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        keys = set(threads.map(lambda _: load_master_keys(tmp_path / "master.key"), range(64)))
    assert len(keys) == 1


def test_two_keys_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text(f"{A}\n\n  {B}\r\n")
    assert load_master_keys(path) == (bytes.fromhex(A), bytes.fromhex(B))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\n", id="blank"),
        pytest.param(A[:-2], id="too short"),
        pytest.param(A + "00", id="too long"),
        pytest.param(A[:-1], id="odd"),
        pytest.param("z" * 64, id="not hexadecimal"),
        pytest.param(f"{A}\n{B}\n{A}", id="three"),
        pytest.param("\u0661" * 64, id="not ASCII"),
    ],
)
def test_a_file_with_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(text, "utf-8")
    with pytest.raises(Misconfigured):
        load_master_keys(path)


def test_each_purpose_and_each_master_has_a_key_of_its_own() -> None:
    keys = derive((b"a" * 32, b"b" * 32))
    derived = [*keys.link, *keys.key, *keys.password_cache, *keys.etag]
    assert len(set(derived)) == 8
    assert {len(key) for key in derived} == {32}


def test_keys_are_derived_as_documented() -> None:
    """Links live for years: an installation's tokens must open after every upgrade."""
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tilegate/link").derive(b"a" * 32)
    assert derive((b"a" * 32,)).link == (expected,)
