"""Link passwords: what may be one, and bcrypt in threads of its own.

Source for the limit: bcrypt reads 72 bytes, and bcrypt 5 refuses more. A password is measured in bytes of its NFC form.
"""

from __future__ import annotations

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import bcrypt

from service.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_CHARACTERS = 8
MAX_BYTES = 72
THREADS = 2
QUEUE = 16
COMMON = Path(__file__).with_name("common_passwords.txt")

T = TypeVar("T")


def normalise(password: str) -> bytes:
    """Return the bytes that are hashed: NFC, UTF-8. Raises BadInput where it holds a lone surrogate."""
    try:
        return unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError as exc:
        raise BadInput("field_invalid", "The password is not valid Unicode.", field="password") from exc


def check_new_password(password: str) -> bytes:
    """Return the bytes of a password for a new link. Raises BadInput where it is too short, too long or too common."""
    raw = normalise(password)
    if len(raw.decode()) < MIN_CHARACTERS:
        raise BadInput(
            "field_invalid", f"The password is too short: give {MIN_CHARACTERS} characters or more.", field="password"
        )
    if len(raw) > MAX_BYTES:
        raise BadInput(
            "field_invalid", f"The password is too long: {len(raw)} bytes, at most {MAX_BYTES}.", field="password"
        )
    if b"\0" in raw:
        raise BadInput("field_invalid", "The password must not contain a NUL character.", field="password")
    if raw.decode().casefold() in _common_passwords():
        raise BadInput("field_invalid", "This password is too common; choose another one.", field="password")
    return raw


class Passwords:
    """Hashes and checks in two threads of its own, so that neither the event loop nor a render waits.

    Fails closed: more than 16 waiting checks are refused with `overloaded`.
    """

    def __init__(self, cost: int) -> None:
        self._cost = cost
        self._waiting = 0
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="bcrypt")

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the threads."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the bcrypt hash of a new password. Raises BadInput where it may not be one, Unavailable."""
        raw = check_new_password(password)
        return (await self._run(lambda: bcrypt.hashpw(raw, bcrypt.gensalt(self._cost)))).decode()

    async def check(self, raw: bytes, password_hash: str) -> bool:
        """Whether `raw` (see `normalise`) is the password of a hash. Raises Unavailable."""
        impossible = len(raw) > MAX_BYTES or b"\0" in raw
        candidate = b"impossible" if impossible else raw  # the same work, so that time says nothing
        return await self._run(lambda: bcrypt.checkpw(candidate, password_hash.encode())) and not impossible

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= THREADS + QUEUE:
            raise Unavailable("overloaded", "Too many passwords are being checked; try again shortly.", retry_after=1)
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        future.add_done_callback(lambda _: self._release())
        return await asyncio.shield(future)

    def _release(self) -> None:
        self._waiting -= 1


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(COMMON.read_text("utf-8").split())
