"""The loop that sends what is in the outbox of e-mail."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from service.cancellation import is_cancelled, look_whenever
from service.mail.letter import message_of, wire_address
from service.mail.mail import MailKind
from service.mail.smtp_sender import NotSent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from service.identifiers import LinkId
    from service.mail.mail import Mail
    from service.mail.smtp_sender import SmtpSender
    from service.mail.store import MailStore
    from service.mail_server import Mailbox

LOOK_EVERY = 10.0
LEASE = timedelta(minutes=10)
"""Longer than a message can take: who takes a letter and dies leaves it for so long."""
FAREWELL = 15.0
"""Seconds that a letter which is being sent is given when we end."""
CODE_LIFETIME = timedelta(minutes=10)
"""After this a code opens nothing, and is not sent any more."""
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60, 24 * 60)
)  # three days, then it is given up

logger = logging.getLogger(__name__)


class MailWorker:
    """Sends letters, one after the other. Loses none: where we die between sending and noting it, one comes twice.

    Both copies have the same Message-ID, by which mail programs know them as one. What a server refuses for good is
    not sent again; all else is, after growing pauses. `address_of` returns a link's address, or None where the link
    has ended: then a letter that names it is not sent.

    `code_of` returns the code of an address, as `Letter.with_codes` asks for it.
    """

    def __init__(  # noqa: PLR0913  (where letters come from and go to, what is put into them, how often)
        self,
        store: MailStore,
        smtp: SmtpSender,
        sender: Mailbox,
        address_of: Callable[[LinkId], Awaitable[str | None]],
        *,
        code_of: Callable[[str, str], str],
        look_every: float = LOOK_EVERY,
        lease: timedelta = LEASE,
        pauses: Sequence[timedelta] = PAUSES,
    ) -> None:
        self._store = store
        self._smtp = smtp
        self._sender = sender
        self._address_of = address_of
        self._code_of = code_of
        self._look_every = look_every
        self._lease = lease
        self._pauses = pauses
        self._woken = asyncio.Event()
        self._sending: asyncio.Task[bool] | None = None

    def wake(self) -> None:
        """Have the loop look now: something was put into the outbox."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, whenever there is something; runs until cancelled, and finishes the letter in hand."""
        try:
            await look_whenever(self._woken, self._send_what_is_due, every=self._look_every)
        finally:
            if self._sending is not None and not self._sending.done():
                await asyncio.wait({self._sending}, timeout=FAREWELL)
            await self._smtp.close()

    async def _send_what_is_due(self) -> None:
        try:
            goes_on = True
            while goes_on and not is_cancelled():
                self._sending = asyncio.create_task(self._send_one())
                goes_on = await asyncio.shield(self._sending)
        except (SQLAlchemyError, OSError) as exc:
            logger.warning("e-mail waits: SQL failed: %s", type(exc).__name__)
        await self._smtp.close()

    async def _send_one(self) -> bool:
        """Send the letter that is due first; return whether another may follow at once."""
        mail = await self._store.take(datetime.now(UTC), self._lease)
        if mail is None:
            return False
        try:
            await self._deliver(mail)
        except NotSent as exc:
            await self._note_failure(mail, exc)
            return not exc.is_cut_off
        await self._store.mark_sent(mail, datetime.now(UTC))
        logger.info("e-mail %s (%s) sent", mail.id, mail.kind)
        return True

    async def _deliver(self, mail: Mail) -> None:
        if mail.kind is MailKind.CODE and datetime.now(UTC) - mail.created_at > CODE_LIFETIME:
            raise NotSent("The code was too old before it could be sent.", for_good=True)
        url = None
        if mail.letter.names_link and mail.link_id is not None:
            url = await self._address_of(mail.link_id)
            if url is None:
                raise NotSent("The link had ended before this was sent.", for_good=True)
        try:
            letter = mail.letter.with_codes(self._code_of)
            message = message_of(letter, sender=self._sender, mail_id=mail.id, written_at=mail.created_at, url=url)
            recipient = wire_address(mail.letter.recipient).addr_spec
        except ValueError as exc:
            raise NotSent("This e-mail address is not valid.", for_good=True) from exc
        await self._smtp.send(message, sender=self._sender.address, recipient=recipient)

    async def _note_failure(self, mail: Mail, exc: NotSent) -> None:
        next_attempt_at = None
        if not exc.for_good and mail.attempts <= len(self._pauses):
            next_attempt_at = datetime.now(UTC) + self._pauses[mail.attempts - 1]
        await self._store.mark_failed(mail, exc.reason, next_attempt_at)
        logger.warning(
            "e-mail %s (%s) %s: %s", mail.id, mail.kind, "waits" if next_attempt_at else "failed", exc.reason
        )
