"""A letter: what one e-mail says, and the message that it becomes.

The address of the link that it is about is not in it, nor is a code that opens one: both are put in when the letter is
sent, so that the outbox holds no secret, and a link that was given a new token meanwhile is named by that.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from email_validator import validate_email

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from service.mail_server import Mailbox

LONGEST_SUBJECT = 200
CODE_STYLE = "font-size: 28px; letter-spacing: 0.15em; font-family: monospace"
STYLE = "font-family: sans-serif; font-size: 15px; line-height: 1.5; color: #222; max-width: 36em"
QUOTE_STYLE = "margin: 1em 0; padding: 0 1em; border-left: 3px solid #bbb; white-space: pre-line"


class BlockKind(StrEnum):
    """How a block of a letter is shown."""

    TEXT = "text"
    QUOTE = "quote"
    """What somebody wrote, as they wrote it."""
    LINK = "link"
    """The address of the link, on a line of its own; `text` is what a button says."""
    CODE = "code"
    """A code, on a line of its own; `text` is what it is made of."""
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph or a few."""

    kind: BlockKind
    text: str
    safe_html: str | None = None
    """Of markdown: what it looks like. Whoever makes the block says that it is safe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said, to whom, and who gets an answer to it."""

    recipient: str
    subject: str
    blocks: tuple[Block, ...]
    reply_to: str | None = None

    @property
    def names_link(self) -> bool:
        """Whether the address of a link is part of it."""
        return any(block.kind is BlockKind.LINK for block in self.blocks)

    def with_codes(self, code_of: Callable[[str, str], str]) -> Letter:
        """Return the letter with its codes as its recipient reads them. `code_of`: of an address and a block's text."""
        blocks = (
            replace(block, text=code_of(self.recipient, block.text)) if block.kind is BlockKind.CODE else block
            for block in self.blocks
        )
        return replace(self, blocks=tuple(blocks))


def one_line(text: str) -> str:
    """Return text without line breaks and control characters: fit for a header."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())


def message_of(letter: Letter, *, sender: Mailbox, mail_id: str, written_at: datetime, url: str | None) -> EmailMessage:
    """Return the message, to one recipient, as text and HTML. `url`: the address of the link that it names.

    Every header goes through the e-mail package's policy, which refuses line breaks. Raises ValueError where an
    address cannot be written.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, sender.local_part, sender.domain)
    message["To"] = wire_address(letter.recipient)
    if letter.reply_to:
        message["Reply-To"] = wire_address(letter.reply_to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_as_text(letter.blocks, url or ""))
    message.add_alternative(_as_html(letter.blocks, url or ""), subtype="html")
    return message


def wire_address(address: str) -> Address:
    """Return an address with its domain as the wire has it (IDNA), and what is before @ as it is.

    Raises ValueError: EmailNotValidError is one.
    """
    found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    return Address(username=found.local_part, domain=found.ascii_domain)


def _as_text(blocks: Sequence[Block], url: str) -> str:
    return "\n\n".join(_text_of(block, url) for block in blocks) + "\n"


def _text_of(block: Block, url: str) -> str:
    match block.kind:
        case BlockKind.LINK:
            return f"{block.text}:\n{url}"
        case BlockKind.QUOTE:
            return "\n".join(f"> {line}" for line in block.text.splitlines())
        case _:
            return block.text


def _as_html(blocks: Sequence[Block], url: str) -> str:
    parts = "\n".join(_html_of(block, url) for block in blocks)
    return f'<!DOCTYPE html>\n<html><body><div style="{STYLE}">\n{parts}\n</div></body></html>\n'


def _html_of(block: Block, url: str) -> str:
    text = html.escape(block.text)
    match block.kind:
        case BlockKind.LINK:
            address = html.escape(url, quote=True)
            return f'<p><a href="{address}"><b>{text}</b></a><br>{address}</p>'
        case BlockKind.QUOTE:
            return f'<blockquote style="{QUOTE_STYLE}">{text}</blockquote>'
        case BlockKind.CODE:
            return f'<p style="{CODE_STYLE}">{text}</p>'
        case BlockKind.MARKDOWN if block.safe_html is not None:
            return block.safe_html
        case _:
            return "<p>" + text.replace("\n", "<br>") + "</p>"
