"""E-mails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.links.link import LinkStatus
from service.mail.deferred import DeferredLetters
from service.mail.smtp_sender import SmtpSender
from service.mail.store import MailStore
from service.mail.worker import MailWorker
from service.mail_server import parse_mailbox, parse_smtp_url
from service.operations.core.services import MailServices

if TYPE_CHECKING:
    from service.composition.base import Base
    from service.identifiers import LinkId
    from service.links.credentials.codes import CodeSigner
    from service.links.credentials.tokens import TokenSigner
    from service.links.store import LinkStore
    from service.settings import Settings


def mail_services(base: Base, links: LinkStore, tokens: TokenSigner, codes: CodeSigner) -> MailServices:
    """Return the outbox of e-mails, and the worker that sends them where the operator has set a mail server."""
    store = MailStore(base.engine)
    worker = _worker(base.settings, store, links, tokens, codes)
    deferred = DeferredLetters(store, worker.wake if worker else lambda: None)
    return MailServices(store=store, worker=worker, deferred=deferred)


def _worker(
    settings: Settings, mails: MailStore, links: LinkStore, tokens: TokenSigner, codes: CodeSigner
) -> MailWorker | None:
    """Return the worker, not running yet; None where the operator has set no mail server."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None

    async def address_of(link_id: LinkId) -> str | None:
        link = await links.get(link_id)
        if link is None or link.status(datetime.now(UTC)) in {LinkStatus.REVOKED, LinkStatus.EXPIRED}:
            return None
        return f"{settings.base_url}/s/{tokens.sign(link.id, link.rotation)}"

    smtp, sender = SmtpSender(parse_smtp_url(settings.smtp_url)), parse_mailbox(settings.mail_from)
    return MailWorker(mails, smtp, sender, address_of, code_of=codes.code_of_text)
