"""One master key, from which a key for each purpose is derived (HKDF-SHA256, RFC 5869).

Two master keys may live at a time: the first signs, both are accepted, so that a key can be changed without breaking
links.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
MAX_KEYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeKeys:
    """The derived keys, one per live master key, newest first."""

    link: tuple[bytes, ...]
    key: tuple[bytes, ...]
    password_cache: tuple[bytes, ...]
    etag: tuple[bytes, ...]
    answer: tuple[bytes, ...]
    webhook: tuple[bytes, ...]
    code: tuple[bytes, ...]
    sign_in: tuple[bytes, ...]


def derive(masters: tuple[bytes, ...]) -> PurposeKeys:
    """Return the key of each purpose for each master key."""

    def purpose(name: bytes) -> tuple[bytes, ...]:
        return tuple(
            HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"tilegate/" + name).derive(master)
            for master in masters
        )

    return PurposeKeys(
        link=purpose(b"link"),
        key=purpose(b"key"),
        password_cache=purpose(b"password-cache"),
        etag=purpose(b"etag"),
        answer=purpose(b"answer"),
        webhook=purpose(b"webhook"),
        code=purpose(b"code"),
        sign_in=purpose(b"sign-in"),
    )


def load_master_keys(path: Path) -> tuple[bytes, ...]:
    """Read one or two master keys, 64 hex digits a line; make the file with one if it is not there. Blocks.

    Raises Misconfigured where the file holds anything else, OSError.
    """
    try:
        return _parse(path.read_text("ascii", errors="replace"))
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, secrets.token_hex(KEY_BYTES))
        return _parse(path.read_text("ascii", errors="replace"))


def _parse(text: str) -> tuple[bytes, ...]:
    lines = text.split()
    if not 1 <= len(lines) <= MAX_KEYS or not all(HEX_KEY.fullmatch(line) for line in lines):
        raise Misconfigured("misconfigured", "The master key file must hold one or two lines of 64 hex digits.")
    return tuple(bytes.fromhex(line) for line in lines)


def _write_once(path: Path, text: str) -> None:
    """Write a new file that only its owner may read; several processes may try, and the first one's key stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
