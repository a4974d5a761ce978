"""A batch of links as it is returned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from service.errors import TilegateError
from service.links.link import Link, TargetRef
from service.metering.usage import LinkUsage
from service.operations.links.batches.models import (
    BatchLink,
    BatchRecipient,
    BatchStatus,
    BatchTarget,
    LinkBatch,
    LinkBatchCreate,
    Outcome,
)
from service.operations.links.rules import warnings_of
from service.operations.links.views import link_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.catalogue.collection import LinkTarget
    from service.operations.core.operation import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found out about each target and recipient."""

    errors: dict[str, TilegateError] = field(default_factory=dict)
    """What is wrong, by target id or by address as it was given."""
    addresses: dict[str, str] = field(default_factory=dict)
    """The right ones, by how they were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A link that is about to be made."""

    link: Link
    targets: tuple[LinkTarget, ...]
    password: str | None = None
    """One that was made here."""


def batch_answer(context: Context, request: LinkBatchCreate, drafts: Sequence[Draft], findings: Findings) -> LinkBatch:
    """Return the links that were made, or would be, and the report of each target and recipient."""
    errors, addresses = findings.errors, findings.addresses
    status = BatchStatus.MIXED if errors else BatchStatus.SUCCESS
    links = () if request.dry_run else tuple(_output(context, draft) for draft in drafts)
    return LinkBatch(
        status=status if drafts else BatchStatus.ABORTED,
        dry_run=request.dry_run,
        link_count=len(drafts),
        links=links,
        recipients=tuple(
            BatchRecipient(**_report(errors.get(text)), recipient=text, link_ids=_ids(links, addresses.get(text)))
            for text in dict.fromkeys(request.recipients)
        ),
        targets=tuple(
            BatchTarget(
                **_report(errors.get(ref.target_id)),
                target_type=ref.target_type,
                target_id=ref.target_id,
                link_ids=_ids(links, ref),
            )
            for ref in dict.fromkeys(request.targets)
        ),
    )


def _report(error: TilegateError | None) -> dict[str, Any]:
    if error is None:
        return {"status": Outcome.SUCCESS}
    return {"status": Outcome.ERROR, "code": error.code, "detail": error.detail, "field": error.field}


def _ids(links: Sequence[BatchLink], of: str | TargetRef | None) -> tuple[str, ...]:
    return tuple(link.id for link in links if of in link.recipients or of in link.targets)


def _output(context: Context, draft: Draft) -> BatchLink:
    link = draft.link
    told = link_output(
        context.services, link, LinkUsage(), warnings_of(link, draft.targets, context.services.settings.watermark_font)
    )
    return BatchLink(
        **dict(told), targets=(link.main, *link.targets), recipients=link.recipients, password=draft.password
    )
