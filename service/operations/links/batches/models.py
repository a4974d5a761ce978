"""Request and response bodies of what is done to many links at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from service.links.link import TargetRef, TargetType
from service.operations.core.fields import Identifier, Instant
from service.operations.core.operation import Request, Response
from service.operations.links.models import Email, LinkOutput, LinkTerms, Password

EachTarget = Annotated[tuple[TargetRef, ...], Field(min_length=1, max_length=100)]
Addresses = Annotated[
    tuple[Annotated[str, Field(max_length=320)], ...],
    Field(max_length=1000, description="E-mail addresses; none: one link for nobody in particular"),
]


class BatchMode(StrEnum):
    """How targets and recipients become links."""

    LINK_PER_PAIR = "link_per_pair"
    BUNDLE_PER_RECIPIENT = "bundle_per_recipient"


class BatchStatus(StrEnum):
    """How a batch went: all of it, some of it, nothing of it."""

    SUCCESS = "success"
    MIXED = "mixed"
    ABORTED = "aborted"


class Outcome(StrEnum):
    """How it went for one of them."""

    SUCCESS = "success"
    ERROR = "error"


class LinkBatchCreate(LinkTerms):
    """Targets and recipients; all else is said once, for all links. What is wrong with one leaves the others alone."""

    password: Password = None
    generate_passwords: bool = Field(
        False, description="Give each link a password of its own, which is in this answer and never again"
    )
    targets: EachTarget
    recipients: Addresses = ()
    mode: BatchMode = Field(
        BatchMode.LINK_PER_PAIR,
        description="link_per_pair: a link for each recipient and target; bundle_per_recipient: one to all targets",
    )
    stop_on_error: bool = Field(False, description="Make nothing where anything is wrong")


class BatchLink(LinkOutput):
    """A link that was made."""

    targets: tuple[TargetRef, ...]
    """All that it shares."""
    recipients: tuple[str, ...]
    password: str | None
    """Where it was made here; returned only this once."""


class BatchReport(Response):
    """How it went: `code` and `detail` as a problem document has them."""

    status: Outcome
    code: str | None = None
    detail: str | None = None
    field: str | None = None


class BatchRecipient(BatchReport):
    """How it went for a recipient."""

    recipient: str
    link_ids: tuple[str, ...]


class BatchTarget(BatchReport):
    """How it went for a target."""

    target_type: TargetType
    target_id: str
    link_ids: tuple[str, ...]


class LinkBatch(Response):
    """`success`: all links were made; `mixed`: some; `aborted`: none."""

    status: BatchStatus
    dry_run: bool
    link_count: int
    """How many links were made, or would be."""
    links: tuple[BatchLink, ...]
    """Empty for a dry run."""
    recipients: tuple[BatchRecipient, ...]
    targets: tuple[BatchTarget, ...]


class LinkBatchRevoke(Request):
    """Which links: by their ids, or all that fit a target, a project and a recipient, as far as these are given."""

    link_ids: tuple[Identifier, ...] = Field((), max_length=1000)
    target_id: Identifier | None = None
    project_id: Identifier | None = None
    recipient: Email | None = None
    reason: Annotated[str, Field(max_length=1000)] | None = None
    dry_run: bool = Field(False, description="Say which links would be revoked, revoke none")


class BatchRevoked(BatchReport):
    """How it went for a link."""

    id: str
    already_revoked: bool | None = None
    effective_at: Instant | None = None


class LinkBatchRevoked(Response):
    """A report for each link. `more`: there are others that fit; ask again."""

    status: BatchStatus
    dry_run: bool
    links: tuple[BatchRevoked, ...]
    more: bool
