"""What happened: of which kind, and what it is the first of. Never a password, a key or a token."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from service.identifiers import LinkId, NoticeId, OrganizationId, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.identifiers import LinkKeyId

    Data: TypeAlias = Mapping[str, str | int | float | None]


class NoticeType(StrEnum):
    """What can happen."""

    LINK_OPENED = "link.opened"
    """A recipient used a link for the first time, or a named key was used for the first time."""
    LINK_CLAIMED = "link.claimed"
    LINK_EXPIRING = "link.expiring"
    FILE_UPLOADED = "file.uploaded"
    ACCESS_REQUESTED = "access.requested"
    CAP_NEAR = "cap.near"
    CAP_REACHED = "cap.reached"
    BUDGET_NEAR = "budget.near"
    BUDGET_REACHED = "budget.reached"
    PASSWORD_GUESSING = "password.guessing"  # noqa: S105  (not one)


TEST = "webhook.test"
"""The type of what `webhook.test` sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, as whoever saw it reports it; the rest is looked up when it is written."""

    type: NoticeType
    cause: tuple[str, ...]
    """What is at most once: further happenings of the same cause are the same one, whoever reports them."""
    at: datetime
    link_id: LinkId | None = None
    organization_id: OrganizationId | None = None
    """Where it is about no link."""
    key_id: LinkKeyId | None = None
    data: Data

    @property
    def digest(self) -> str:
        """What tells causes apart: 64 hexadecimal digits."""
        return hashlib.sha256("\0".join((self.type, *self.cause)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A happening that is written down."""

    id: NoticeId
    type: str
    at: datetime
    data: Data

    @property
    def payload(self) -> str:
        """The JSON that webhooks are sent, the same at each try."""
        moment = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {"type": self.type, "timestamp": moment, "data": self.data}
        return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def new_notice(kind: str, at: datetime, data: Data) -> Notice:
    """Return a notice under a new id."""
    return Notice(id=NoticeId(new_id("ntc")), type=kind, at=at, data=data)


def opened(link_id: LinkId, key_id: LinkKeyId | None, at: datetime) -> Happening:
    """Return that a link was used, by a named key or by something else."""
    cause = (link_id, key_id or "")
    return Happening(type=NoticeType.LINK_OPENED, cause=cause, at=at, link_id=link_id, key_id=key_id, data={})


def claimed(link_id: LinkId, email: str, at: datetime) -> Happening:
    """Return that somebody signed in and took a link."""
    return Happening(
        type=NoticeType.LINK_CLAIMED, cause=(link_id, email), at=at, link_id=link_id, data={"email": email}
    )


def expiring(link_id: LinkId, expires_at: datetime, at: datetime) -> Happening:
    """Return that a link ends in three days."""
    moment = expires_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Happening(
        type=NoticeType.LINK_EXPIRING, cause=(link_id, moment), at=at, link_id=link_id, data={"expires_at": moment}
    )


def uploaded(link_id: LinkId, path: str, size: int, at: datetime) -> Happening:
    """Return that a recipient has put a file into a shared folder."""
    data: Data = {"path": path, "bytes": size}
    return Happening(type=NoticeType.FILE_UPLOADED, cause=(new_id("upl"),), at=at, link_id=link_id, data=data)


def requested(link_id: LinkId, request_id: str, kind: str, email: str, at: datetime) -> Happening:
    """Return that somebody asked for access, or for more of it."""
    data: Data = {"request_id": request_id, "kind": kind, "email": email}
    return Happening(type=NoticeType.ACCESS_REQUESTED, cause=(request_id,), at=at, link_id=link_id, data=data)


def guessing(link_id: LinkId, at: datetime) -> Happening:
    """Return that so many wrong passwords were tried on a link that some are refused: at most once on a UTC day."""
    day = at.astimezone(UTC).date().isoformat()
    return Happening(type=NoticeType.PASSWORD_GUESSING, cause=(link_id, day), at=at, link_id=link_id, data={"day": day})


def cap_used(kind: NoticeType, link_id: LinkId, unit: str, used: int, cap: int, at: datetime) -> Happening:
    """Return that a link has used four fifths of a limit, or all of it. Another limit is another cause."""
    data: Data = {"unit": unit, "used": used, "cap": cap}
    return Happening(type=kind, cause=(link_id, unit, str(cap)), at=at, link_id=link_id, data=data)


def budget_used(
    kind: NoticeType, organization_id: OrganizationId, period: str, unit: str, *, used: int, budget: int, at: datetime
) -> Happening:
    """Return that an organization has used four fifths of a month's budget, or all. Another budget is another cause."""
    data: Data = {"period": period, "unit": unit, "used": used, "budget": budget}
    cause = (organization_id, period, unit, str(budget))
    return Happening(type=kind, cause=cause, at=at, organization_id=organization_id, data=data)
