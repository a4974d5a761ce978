"""Landlock (https://docs.kernel.org/userspace-api/landlock.html): what a thread may still reach, by the kernel's word.

A thread gives up its rights for good, and so do threads and processes that it starts; other threads keep theirs. What
is open already stays open. It covers opening, making, renaming, removing and executing files and TCP; it does not cover
UDP, sockets that have a name in the file system, `stat` and reading links.
"""

import ctypes
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls, on every architecture that has them but Alpha."""
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_NO_NEW_PRIVILEGES: Final = 38

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_SYM = 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ: Final = _READ_FILE | _READ_DIR
_CHANGE: Final = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _REFER | _TRUNCATE
_LINK: Final = _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_SYM
_OF_A_FILE: Final = _READ_FILE | _WRITE_FILE | _TRUNCATE
_FILE_RIGHTS: Final = ((1, 13), (2, 14), (3, 15), (5, 16))
"""How many rights concern files, from which version on."""
_TCP_SINCE, _TCP_RIGHTS = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""No abstract sockets of others, no signals to others."""

_LIBRARY: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be reached. Paths that are not there give no right."""

    readable: tuple[str, ...]
    """Folders, with all below them, and files."""
    linkable: str
    """A folder in which folders and symbolic links may be made and removed, and all may be read."""
    writable: tuple[str, ...] = ()
    """Folders in which everything may be done but executing."""
    tcp: bool = False
    """Whether TCP connections may be made."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def landlock_version() -> int:
    """Return the version that the kernel has (its ABI); 0 where there is none, or it is switched off."""
    try:
        return max(_call(_CREATE_RULESET, None, 0, _ASK_VERSION), 0)
    except OSError:
        return 0


def restrict_thread(reach: Reach) -> int:
    """Give up all rights of the calling thread but these, for good; return the version of Landlock that was used.

    0: the kernel has none, and nothing has changed. Blocks. Raises OSError where the kernel refuses.
    """
    version = landlock_version()
    if version == 0:
        return 0
    handled = (1 << max(count for since, count in _FILE_RIGHTS if version >= since)) - 1
    ruleset = _ruleset(version, handled, tcp=reach.tcp)
    try:
        for path, rights in _rules(reach):
            _allow(ruleset, path, rights & handled)
        if _LIBRARY.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no_new_privs was refused")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _ruleset(version: int, handled: int, *, tcp: bool) -> int:
    wanted = _Ruleset(handled)
    if version >= _TCP_SINCE and not tcp:
        wanted.tcp = _TCP_RIGHTS
    if version >= _SCOPES_SINCE:
        wanted.scopes = _SCOPES
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _TCP_SINCE else 8
    return _call(_CREATE_RULESET, ctypes.byref(wanted), size, 0)


def _rules(reach: Reach) -> Iterator[tuple[str, int]]:
    yield from ((path, _READ) for path in reach.readable)
    yield reach.linkable, _READ | _LINK
    yield from ((path, _READ | _CHANGE) for path in reach.writable)


def _allow(ruleset: int, path: str, rights: int) -> None:
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            rule = _Beneath(rights if is_folder else rights & _OF_A_FILE, descriptor)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)


def _call(number: int, *words: object) -> int:
    """Make a system call. Raises OSError."""
    result: int = _LIBRARY.syscall(ctypes.c_long(number), *(_word(word) for word in words))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _word(word: object) -> object:
    """Return what a variadic C function has to be given: whole registers."""
    return ctypes.c_long(word) if isinstance(word, int) else word


def existing(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """Return the paths that are there, without symbolic links."""
    return tuple(str(Path(path).resolve()) for path in paths if Path(path).exists())
