"""Handing a message in: over TLS, with a login, and never to a server that is not who it says."""

from __future__ import annotations

import ssl
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from service.mail.letter import Letter, message_of
from service.mail.smtp_sender import NotSent, SmtpSender
from service.mail_server import Mailbox, MailServer, Tls
from tests.certificates import make_certificate
from tests.links.samples import NOW
from tests.mail.sink import Sink, open_sink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOGIN = ("maps@example.org", "p@ss: word")
SENDER = Mailbox(name="", local_part="maps", domain="example.org")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1, signed by itself."""
    return make_certificate(tmp_path / "sink.pem", x509.IPAddress(ip_address("127.0.0.1")))


@pytest.fixture
async def sink(certificate: Path) -> AsyncIterator[Sink]:
    async with open_sink() as opened:
        opened.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        opened.tls.load_cert_chain(certificate)
        opened.login = LOGIN
        yield opened


def server_of(sink: Sink, tls: Tls) -> MailServer:
    return MailServer(host="127.0.0.1", port=sink.port, tls=tls, username=LOGIN[0], password=LOGIN[1])


async def send(server: MailServer) -> None:
    message = message_of(
        Letter(recipient="b@example.com", subject="S", blocks=()), sender=SENDER, mail_id="m", written_at=NOW, url=None
    )
    smtp = SmtpSender(server, step=5)
    try:
        await smtp.send(message, sender=SENDER.address, recipient="b@example.com")
    finally:
        await smtp.close()


async def why_not(server: MailServer) -> tuple[str, bool]:
    with pytest.raises(NotSent) as refused:
        await send(server)
    assert refused.value.is_cut_off
    return refused.value.reason, refused.value.for_good


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.ALWAYS])
async def test_a_message_goes_over_tls_with_a_login(
    sink: Sink, tls: Tls, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.is_encrypted = tls is Tls.ALWAYS
    await sink.stop()
    await sink.start()
    assert await why_not(server_of(sink, tls)) == ("The mail server cannot be reached.", False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    await send(server_of(sink, tls))
    assert [message["To"] for message in sink.accepted] == ["b@example.com"]
    wrong = replace(server_of(sink, tls), password="another")
    assert await why_not(wrong) == ("The mail server refused the login: 535.", False)


async def test_without_starttls_no_password_is_told(sink: Sink) -> None:
    sink.tls, sink.login = None, None
    await sink.stop()
    await sink.start()
    assert await why_not(server_of(sink, Tls.STARTTLS)) == ("The mail server cannot be reached.", False)
    assert sink.accepted == []
