"""Handing a message to the mail server, over SMTP."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from service.mail.letter import one_line
from service.mail_server import Tls

if TYPE_CHECKING:
    from email.message import EmailMessage

    from service.mail_server import MailServer

STEP_SECONDS = 20.0
WHOLE_SECONDS = 120.0
PERMANENT = 500
"""Replies from here on are for good (RFC 5321, 4.2.1)."""


class NotSent(Exception):
    """The mail server did not take a message.

    reason: a sentence for the sharer. for_good: trying again would be in vain. is_cut_off: the server could not be
    spoken to, so other messages would fare no better now.
    """

    def __init__(self, reason: str, *, for_good: bool = False, is_cut_off: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good
        self.is_cut_off = is_cut_off


class SmtpSender:
    """Speaks with one mail server; keeps the connection until `close`. Not for several callers at once."""

    def __init__(self, server: MailServer, *, step: float = STEP_SECONDS, whole: float = WHOLE_SECONDS) -> None:
        """`step`: seconds for each answer; `whole`: for a message with all that belongs to it."""
        self._server = server
        self._step = step
        self._whole = whole
        self._client: SMTP | None = None

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand a message in. Raises NotSent."""
        try:
            async with asyncio.timeout(self._whole):
                client = await self._connected()
                await client.send_message(message, sender=sender, recipients=[recipient])
        except (SMTPException, OSError, TimeoutError, ValueError) as exc:
            reason = _reason(exc)
            if reason.is_cut_off:
                await self.close()
            raise reason from exc

    async def greet(self) -> None:
        """Connect, sign in where it is asked for, and send nothing. Raises NotSent."""
        try:
            async with asyncio.timeout(self._whole):
                await self._connected()
        except (SMTPException, OSError, TimeoutError, ValueError) as exc:
            raise _reason(exc) from exc

    async def close(self) -> None:
        """End the connection, if there is one, with a good-bye where the server listens."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await client.quit()
        client.close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        server = self._server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=socket.gethostname(),  # by default it would be looked up
            username=server.username,
            password=server.password,
            use_tls=server.tls is Tls.ALWAYS,
            start_tls=server.tls is Tls.STARTTLS,
            timeout=self._step,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        self._client = client
        return client


def _reason(exc: Exception) -> NotSent:
    """Return what an error means for the message. Only what a server says of *this* message is for good."""
    if isinstance(exc, SMTPRecipientsRefused):
        refused: list[SMTPRecipientRefused] = exc.recipients
        return _answered(refused[0])
    if isinstance(exc, SMTPSenderRefused | SMTPRecipientRefused | SMTPDataError):
        return _answered(exc)
    is_unwritable = isinstance(exc, ValueError) and not isinstance(exc, OSError)  # a bad certificate is both
    if is_unwritable or isinstance(exc, SMTPNotSupported):
        return NotSent("The mail server does not support this e-mail address.", for_good=True)
    if isinstance(exc, SMTPResponseException):  # of the greeting or the login: not about this message
        return NotSent(f"The mail server refused the login: {exc.code}.", is_cut_off=True)
    if isinstance(exc, TimeoutError):
        return NotSent("The mail server does not answer.", is_cut_off=True)
    return NotSent("The mail server cannot be reached.", is_cut_off=True)


def _answered(exc: SMTPResponseException) -> NotSent:
    reason = one_line(f"The mail server answered {exc.code} {exc.message}")
    is_closing = exc.code == 421  # noqa: PLR2004  (RFC 5321, 3.8)
    return NotSent(reason, for_good=exc.code >= PERMANENT, is_cut_off=is_closing)
