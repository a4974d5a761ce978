"""What an operator says of the server that sends our e-mail, and of the address that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from email_validator import validate_email


class Tls(StrEnum):
    """How a connection to a mail server is kept private; the values are the schemes of `TILEGATE_SMTP_URL`."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    ALWAYS = "smtps"


PORTS = {Tls.NONE: 25, Tls.STARTTLS: 587, Tls.ALWAYS: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    tls: Tls
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address with a name for people, which may be empty."""

    name: str
    local_part: str
    domain: str

    @property
    def address(self) -> str:
        """`local@domain`."""
        return f"{self.local_part}@{self.domain}"


def parse_smtp_url(url: str) -> MailServer:
    """Read `smtp://`, `smtp+starttls://` or `smtps://` `[user:password@]host[:port]`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in set(Tls):
        raise ValueError("must start with smtp://, smtp+starttls:// or smtps://")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be scheme://[user:password@]host[:port], such as smtps://user:…@mail.example.org")
    if (parts.username is None) != (parts.password is None):
        raise ValueError(
            "must have both user and password, or neither; percent-encode special characters (%40 for @, %3A for :)"
        )
    tls = Tls(parts.scheme)
    return MailServer(
        host=parts.hostname,
        port=parts.port or PORTS[tls],
        tls=tls,
        username=parts.username and unquote(parts.username),
        password=parts.password and unquote(parts.password),
    )


def parse_mailbox(text: str) -> Mailbox:
    """Read `maps@example.org` or `Maps of Example <maps@example.org>`. Raises ValueError."""
    message = EmailMessage(policy=default)
    try:
        message["From"] = text
        found = message["From"].addresses
    except (MessageError, IndexError, ValueError) as exc:
        raise ValueError("must be an address, such as Maps <maps@example.org>") from exc
    if len(found) != 1 or not found[0].username or not found[0].domain or message["From"].defects:
        raise ValueError("must be one address, such as Maps <maps@example.org>")
    checked = validate_email(found[0].addr_spec, check_deliverability=False, globally_deliverable=False)
    if checked.ascii_email is None:
        raise ValueError("must have only ASCII characters before the @")
    return Mailbox(name=found[0].display_name, local_part=checked.local_part, domain=checked.ascii_domain)
