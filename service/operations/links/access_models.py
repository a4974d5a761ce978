"""Request and response bodies of claims and access requests."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from service.links.access_requests import AccessKind, AccessStatus
from service.links.link import Permission
from service.operations.core.fields import Cursor, Identifier, Instant, Limit, Name, Token
from service.operations.core.operation import Request, Response
from service.operations.links.models import Email, ExpiresAt, Hours, LinkDetail, Password

Text = Annotated[str, Field(max_length=2000, description="Plain text")]


class LinkClaim(Request):
    """The token of a link that is meant for you."""

    token: Token


class AccessAsk(Request):
    """What you would like, of whom you are. No account is needed."""

    token: Token
    kind: AccessKind = AccessKind.ACCESS
    email: Email | None = Field(None, description="Where the answer goes; default: that of your session token")
    name: Name = ""
    message: Text = ""
    hours: Hours | None = Field(None, description="For how much longer you would like to have it")


class AccessAsked(Response):
    """Always the same, whoever asks: it reveals nothing of the link, nor of whom it is meant for."""

    ok: Literal[True] = True
    detail: str


class AccessList(Request):
    """Without a project and a link: what was asked for in all your projects."""

    project_id: Identifier | None = None
    link_id: Identifier | None = None
    status: AccessStatus | None = None
    limit: Limit = 50
    cursor: Cursor = None


class AccessOutput(Response):
    """What somebody asked for, and what became of it."""

    id: str
    link_id: str
    project_id: str
    kind: AccessKind
    email: str
    is_confirmed: bool
    """Whether a session token said that the address is theirs; else it is what they say."""
    name: str
    message: str
    hours: float | None
    status: AccessStatus
    created_at: Instant
    resolved_at: Instant | None
    resolved_by: str | None
    answer: str | None


class AccessPage(Response):
    """Access requests, oldest first."""

    requests: tuple[AccessOutput, ...]
    next_cursor: str | None


class Decision(StrEnum):
    """What is answered."""

    GRANT = "grant"
    DENY = "deny"


class AccessResolve(Request):
    """The answer. To grant adds who asked to the link's recipients, and changes the link as is said here.

    `new_link` leaves it as it is, and makes one like it for them alone, with a password of its own.
    """

    request_id: Identifier
    decision: Decision
    answer: Text = ""
    expires_at: ExpiresAt | None = None
    expires_in_hours: Hours | None = None
    permission: Permission | None = Field(
        None, description="Default: what was asked for; on the present link it is then everybody's"
    )
    new_link: bool = Field(False, description="Make a link for them alone; needs a password and an expiry")
    password: Password | None = None


class AccessResolved(Response):
    """What was answered, and the link that it was granted by."""

    request: AccessOutput
    link: LinkDetail | None
    mailed: bool
    """Whether the requester is notified by e-mail."""
