"""A real SMTP server for tests, that can refuse, be silent, and stop and start again on its port."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage


@dataclass(kw_only=True)
class Sink:
    """What was handed in, and how the server behaves."""

    port: int
    refused: dict[str, str] = field(default_factory=dict)
    """Answers to RCPT, by address."""
    after_data: str = "250 OK"
    is_silent: bool = False
    """Whether it never answers DATA."""
    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    """User and password without which nothing is taken; told over TLS alone."""
    is_encrypted: bool = False
    """Whether the connection is, from its first byte; else STARTTLS is offered where there is `tls`."""
    accepted: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    server: asyncio.Server | None = None
    connections: set[asyncio.Transport] = field(default_factory=set)

    @property
    def url(self) -> str:
        """What `TILEGATE_SMTP_URL` would be."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.is_silent:
            await asyncio.sleep(60)
        if self.after_data.startswith("250"):
            self.envelopes.append(envelope)
            raw = cast("bytes", envelope.content)
            self.accepted.append(cast("EmailMessage", message_from_bytes(raw, policy=default)))
        return self.after_data

    async def start(self) -> None:
        """Listen."""

        def connection() -> SMTP:
            with warnings.catch_warnings(action="ignore"):  # of a login without TLS: it is there, and hidden from it
                return SMTP(
                    self,
                    enable_SMTPUTF8=True,
                    hostname="sink",
                    tls_context=None if self.is_encrypted else self.tls,
                    require_starttls=self.tls is not None and not self.is_encrypted,
                    auth_required=self.login is not None,
                    auth_require_tls=not self.is_encrypted,
                    authenticator=self._authenticate,
                    loop=asyncio.get_running_loop(),
                )

        tls = self.tls if self.is_encrypted else None
        self.server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", self.port, ssl=tls)

    def _authenticate(self, *asked: object) -> AuthResult:
        data = asked[-1]
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self.login, handled=False)

    async def stop(self) -> None:
        """Refuse connections."""
        if self.server is not None:
            self.server.close()
            self.server = None

    async def wait_for(self, count: int) -> list[EmailMessage]:
        """Return what was accepted, once there are `count` messages."""
        async with asyncio.timeout(30):
            while len(self.accepted) < count:  # noqa: ASYNC110  (filled by calls of another library)
                await asyncio.sleep(0.02)
        return self.accepted


@asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    """Yield a server that listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    sink = Sink(port=port)
    await sink.start()
    try:
        yield sink
    finally:
        await sink.stop()
