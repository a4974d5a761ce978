"""Identifiers: random, URL-safe, with a prefix that says what they name."""

from __future__ import annotations

import base64
import secrets
from typing import NamedTuple, NewType, TypeAlias

OrganizationId = NewType("OrganizationId", str)
ProjectId = NewType("ProjectId", str)
UserId = NewType("UserId", str)
ItemId = NewType("ItemId", str)
CollectionId = NewType("CollectionId", str)
LinkId = NewType("LinkId", str)
ApiKeyId = NewType("ApiKeyId", str)
LinkKeyId = NewType("LinkKeyId", str)
RootGrantId = NewType("RootGrantId", str)
WebhookId = NewType("WebhookId", str)
NoticeId = NewType("NoticeId", str)

TargetId: TypeAlias = ItemId | CollectionId
"""What a link points at."""


class Flow(NamedTuple):
    """On whose behalf something is rendered: threads are shared between organizations, then between their links."""

    organization_id: str
    link_id: str


OURS = Flow("", "")
"""What the service does on its own behalf."""

ID_BYTES = 15


DASHED = range(0xF8, 0xFC)
"""First bytes of what is written with a dash at its beginning."""


def new_id(prefix: str) -> str:
    """Return `prefix_` and 20 URL-safe characters that hold 120 random bits, but for the dash as the first of them.

    A link's token begins with them, and a command line would take it for an option.
    """
    while (raw := secrets.token_bytes(ID_BYTES))[0] in DASHED:
        pass
    return encode_id(prefix, raw)


def encode_id(prefix: str, raw: bytes) -> str:
    """Return the identifier whose random part is `raw` (15 bytes)."""
    return f"{prefix}_{base64.urlsafe_b64encode(raw).decode('ascii')}"


def decode_id(identifier: str) -> bytes:
    """Return the 15 random bytes of an identifier that `encode_id` made. Raises ValueError."""
    _, _, text = identifier.partition("_")
    raw = base64.urlsafe_b64decode(text)
    if len(raw) != ID_BYTES:
        raise ValueError("not an identifier")
    return raw
