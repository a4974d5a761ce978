"""What a letter becomes: a message that cannot be bent, and the settings that say who sends it."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, cast

import pytest
from pydantic import ValidationError

from service.mail.letter import Block, BlockKind, Letter, message_of
from service.mail.mail import MailKind, new_mail
from service.mail_server import Mailbox, MailServer, Tls, parse_mailbox, parse_smtp_url
from service.settings import Settings
from tests.links.samples import NOW

if TYPE_CHECKING:
    from email.message import EmailMessage

SENDER = Mailbox(name="Maps", local_part="maps", domain="example.org")
URL = "https://maps.example.org/s/abc"


def sent(letter: Letter) -> EmailMessage:
    """Return a letter as it arrives."""
    mail = new_mail(MailKind.SHARED, letter, None, NOW)
    message = message_of(mail.letter, sender=SENDER, mail_id="mail_1", written_at=NOW, url=URL)
    return cast("EmailMessage", message_from_bytes(bytes(message), policy=default))


def letter_of(*blocks: Block, **fields: str) -> Letter:
    return Letter(**{"recipient": "b@example.com", "subject": "S", **fields}, blocks=blocks)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_message_says_who_to_whom_and_that_no_person_wrote_it() -> None:
    message = sent(letter_of(Block(kind=BlockKind.LINK, text="Open it"), reply_to="a@example.org"))
    assert message["From"] == "Maps <maps@example.org>"
    assert message["To"] == "b@example.com"
    assert message["Reply-To"] == "a@example.org"
    assert message["Message-ID"] == "<mail_1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert part(message, "plain") == f"Open it:\n{URL}\n"
    assert f'<a href="{URL}">' in part(message, "html")


@pytest.mark.parametrize(
    "breaks", ["\r\nBcc: everybody@example.net", "\nBcc: x@example.net\n\nbody", "\x00\x0bBcc:x\x85"]
)
def test_no_header_can_be_added(breaks: str) -> None:
    message = sent(letter_of(subject=f"Island{breaks}"))
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Island Bcc:")
    for field in ("recipient", "reply_to"):
        with pytest.raises(ValueError, match="after the @-sign"):
            sent(letter_of(**{field: f"b@example.com{breaks}"}))


def test_what_people_wrote_is_no_markup_in_it() -> None:
    evil = '<script>alert("&")</script>'
    blocks = [Block(kind=kind, text=evil) for kind in BlockKind]
    html = part(sent(letter_of(*blocks)), "html")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == len(blocks)


def test_any_language_arrives() -> None:
    text = "Grüße aus Zürich, 地図 🗺️"
    message = sent(letter_of(Block(kind=BlockKind.QUOTE, text=f"{text}\n{text}"), subject=text))
    assert message["Subject"] == text
    assert part(message, "plain") == f"> {text}\n> {text}\n"


def test_a_domain_of_any_language_is_written_as_the_wire_has_it() -> None:
    assert sent(letter_of(recipient="b@zürich.example"))["To"] == "b@xn--zrich-kva.example"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", MailServer(host="mail", port=25, tls=Tls.NONE)),
        (
            "smtp+starttls://u:p%40%3A@mail",
            MailServer(host="mail", port=587, tls=Tls.STARTTLS, username="u", password="p@:"),
        ),
        ("smtps://u%40x:p@mail:2465", MailServer(host="mail", port=2465, tls=Tls.ALWAYS, username="u@x", password="p")),
        ("smtp://[::1]:2525", MailServer(host="::1", port=2525, tls=Tls.NONE)),
    ],
)
def test_a_mail_server_is_an_url(url: str, server: MailServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url", ["mail", "http://mail", "smtp://", "smtp://u@mail", "smtp://mail/path", "smtp://mail:x"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must start|must be scheme|must have both|Port"):
        parse_smtp_url(url)


@pytest.mark.parametrize(
    "text", ["", "maps", "a@b.org, c@d.org", "a@b.org\nBcc: c@d.org", "Maps <>", "a@", "undisclosed:;"]
)
def test_who_sends_is_one_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be one address|must be an address"):
        parse_mailbox(text)


def test_who_sends_may_have_a_name() -> None:
    found = parse_mailbox('"Maps, of Example" <maps@example.org>')
    assert found == Mailbox(name="Maps, of Example", local_part="maps", domain="example.org")


@pytest.mark.parametrize("alone", [{"smtp_url": "smtp://mail"}, {"mail_from": "maps@example.org"}])
def test_a_server_and_a_sender_belong_together(alone: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        Settings(**alone)
