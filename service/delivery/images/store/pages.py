"""Reads the pages of an LMDB file as LMDB 0.9 lays them out (mdb.c), before LMDB follows them.

LMDB trusts its file: a page number, offset or size that is wrong makes it read beyond its mapping, which ends the
process. So a file that was not written to its end, was copied while it was written, or is no LMDB file at all, has to
be found out by somebody who checks each step.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

    Buffer = bytes | mmap.mmap

MAGIC: Final = 0xBEEFC0DE
DATA_VERSION: Final = 1
PAGE_SIZES: Final = (4096, 8192, 16384, 32768, 65536)
BRANCH, LEAF, META = 1, 2, 8
BIG = 1
"""Flag of a node whose data lies on pages of its own."""
NO_PAGE: Final = 0xFFFF_FFFF_FFFF_FFFF
_PAGE = struct.Struct("=QHHHH")
"""Number, padding, flags, end of the offsets, beginning of the nodes."""
_META = struct.Struct("=IIQQ")
_TREE = struct.Struct("=IHHQQQQQ")
"""Padding (of the first tree: bytes of a page), flags, depth, branch, leaf and overflow pages, entries, root."""
_META_END = struct.Struct("=QQ")
_NODE = struct.Struct("=HHHH")
_NUMBER = struct.Struct("=Q")
_DEEPEST = 32


class Torn(Exception):
    """The file is not what LMDB would have left. The message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Where a tree of pages begins."""

    root: int
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaPage:
    """One of the two pages that say where everything is; the one of the latest transaction counts."""

    page_size: int
    last_page: int
    transaction: int
    free: Tree
    main: Tree


def meta_pages(data: Buffer) -> tuple[MetaPage, ...]:
    """Return both meta pages of a file. Raises Torn."""
    first = _meta_page(data, 0)
    metas = first, _meta_page(data, first.page_size)
    if metas[1].page_size != first.page_size:
        raise Torn("its two meta pages disagree")
    return metas


def check_trees(data: Buffer, meta: MetaPage, longest: int, key: int) -> None:
    """Raise Torn unless all that one transaction's meta page leads to lies within the file.

    `longest`: bytes that a value of the main tree may have. `key`: bytes that each of its keys has.
    """
    try:
        if meta.free.root != NO_PAGE:
            for begins, length in _values(data, meta, meta.free, len(data), _NUMBER.size):
                _check_free(data[begins : begins + length], meta)
        if meta.main.root != NO_PAGE:
            for _ in _values(data, meta, meta.main, longest, key):
                pass
    except struct.error as exc:
        raise Torn("it ends before its last page") from exc


def _meta_page(data: Buffer, at: int) -> MetaPage:
    end = at + _PAGE.size + _META.size + 2 * _TREE.size + _META_END.size
    if end > len(data):
        raise Torn("it is too short to be an LMDB file")
    _, _, flags, _, _ = _PAGE.unpack_from(data, at)
    at += _PAGE.size
    magic, version, _, _ = _META.unpack_from(data, at)
    if not flags & META or magic != MAGIC or version != DATA_VERSION:
        raise Torn("it is no LMDB file of this version")
    page_size, free = _tree(data, at + _META.size)
    _, main = _tree(data, at + _META.size + _TREE.size)
    last_page, transaction = _META_END.unpack_from(data, at + _META.size + 2 * _TREE.size)
    if page_size not in PAGE_SIZES:
        raise Torn("its pages have no size that pages have")
    return MetaPage(page_size=page_size, last_page=last_page, transaction=transaction, free=free, main=main)


def _tree(data: Buffer, at: int) -> tuple[int, Tree]:
    first, _, depth, _, _, _, _, root = _TREE.unpack_from(data, at)
    return first, Tree(root=root, depth=depth)


def _values(data: Buffer, meta: MetaPage, tree: Tree, longest: int, key: int) -> Iterator[tuple[int, int]]:
    """Yield where each value of a tree begins, and its length; walk each page at most once, so that a circle ends."""
    seen = {0, 1}
    waiting = [(tree.root, 1)]
    if not 1 <= tree.depth <= _DEEPEST:
        raise Torn("a tree of it is deeper than trees are")
    while waiting:
        number, depth = waiting.pop()
        if number in seen or number > meta.last_page or depth > tree.depth:
            raise Torn(f"page {number} is not where it can be")
        seen.add(number)
        if depth < tree.depth:
            waiting += [(child, depth + 1) for child in _children(data, meta, number)]
        else:
            yield from _leaf(data, meta, number, longest, key)


def _children(data: Buffer, meta: MetaPage, number: int) -> Iterator[int]:
    for at, low, high, flags, size in _nodes(data, meta, number, BRANCH):
        if at + _NODE.size + size > (number + 1) * meta.page_size:
            raise Torn(f"a node of page {number} ends beyond it")
        yield low | high << 16 | flags << 32


def _leaf(data: Buffer, meta: MetaPage, number: int, longest: int, key: int) -> Iterator[tuple[int, int]]:
    end = (number + 1) * meta.page_size
    for at, low, high, flags, size in _nodes(data, meta, number, LEAF):
        length, begins = low | high << 16, at + _NODE.size + size
        is_big = bool(flags & BIG)
        if size != key:
            raise Torn("it holds what is stored under other names than ours")
        if flags & ~BIG or length > longest or begins + (_NUMBER.size if is_big else length) > end:
            raise Torn(f"a node of page {number} ends beyond it")
        if is_big:
            begins = _overflow(data, meta, _NUMBER.unpack_from(data, begins)[0], length)
        yield begins, length


def _overflow(data: Buffer, meta: MetaPage, number: int, length: int) -> int:
    """Return where a value of pages of its own begins. They are not looked at: that would read all of the file."""
    pages, begins = -(-(length + _PAGE.size) // meta.page_size), number * meta.page_size + _PAGE.size
    if number < 2 or number + pages - 1 > meta.last_page or begins + length > len(data):  # noqa: PLR2004  (meta pages)
        raise Torn(f"what begins on page {number} ends beyond the file")
    return begins


def _check_free(value: bytes, meta: MetaPage) -> None:
    """Raise Torn unless a list of free pages, its length before it, names pages of the file."""
    (count,) = _NUMBER.unpack_from(value, 0)
    if (count + 1) * _NUMBER.size > len(value):
        raise Torn("a list of free pages is longer than its place")
    for (number,) in _NUMBER.iter_unpack(value[_NUMBER.size : (count + 1) * _NUMBER.size]):
        if not 1 < number <= meta.last_page:
            raise Torn("a page is free that is not there")


def _nodes(data: Buffer, meta: MetaPage, number: int, kind: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield where each node of a page begins, and its head: low and high half of a size, flags, bytes of the key."""
    begins = number * meta.page_size
    own, _, flags, lower, upper = _PAGE.unpack_from(data, begins)
    if own != number or flags & 0xF != kind or not _PAGE.size <= lower <= upper <= meta.page_size:
        raise Torn(f"page {number} is another one")
    for (offset,) in struct.iter_unpack("=H", data[begins + _PAGE.size : begins + lower]):
        if not upper <= offset <= meta.page_size - _NODE.size:
            raise Torn(f"a node of page {number} begins beyond it")
        yield begins + offset, *_NODE.unpack_from(data, begins + offset)
