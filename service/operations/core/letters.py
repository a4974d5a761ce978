"""What our letters say. Never a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.links.access_requests import AccessKind
from service.mail.letter import Block, BlockKind, Letter
from service.operations.core.markdown import render_markdown

if TYPE_CHECKING:
    from datetime import datetime

    from service.accounts.people import Person
    from service.links.access_requests import AccessRequest
    from service.links.link import Link

WANTED = {
    AccessKind.ACCESS: "asks for access to",
    AccessKind.MORE_TIME: "asks for more time with",
    AccessKind.DOWNLOAD: "asks to download",
    AccessKind.WRITE: "asks to write to",
}


def shared_letter(link: Link, sharer: Person, recipient: str, message: str) -> Letter:
    """Return the letter to somebody whom a link is meant for."""
    who = sharer.address or sharer.name
    blocks = [
        _text(f"{sharer.shown} shares “{link.name}” with you."),
        *_quote(message),
        _link("Open it"),
        _text(f"{_password_line(link, sharer)}\n{_time_line(link)}"),
        *_markdown(link.description),
        _text(f"You get this because {who} named your address. If you did not expect it, ignore it."),
    ]
    subject = f"{sharer.name or sharer.email} shares “{link.name}” with you"
    return Letter(recipient=recipient, subject=subject, blocks=tuple(blocks), reply_to=sharer.address)


def code_letter(link: Link, recipient: str, code: str) -> Letter:
    """Return the letter with a code that opens a link. `code`: what it is made of, see `service.links.credentials`."""
    blocks = [
        _text(f"Your code to open “{link.name}”:"),
        Block(kind=BlockKind.CODE, text=code),
        _text("It can be used once, within ten minutes. Give it to nobody: whoever has it gets in by your name."),
        _text("You get this because somebody gave your address at the link. If it was not you, ignore it."),
    ]
    return Letter(recipient=recipient, subject=f"Your code for “{link.name}”", blocks=tuple(blocks))


def request_letter(link: Link, request: AccessRequest, editor: Person, base_url: str) -> Letter:
    """Return the letter to one who can grant what somebody asks for. `base_url`: what stands before our addresses."""
    who = f"{request.name} ({request.email})" if request.name else request.email
    checked = "The address is confirmed." if request.is_confirmed else "Nobody has checked that the address is theirs."
    longer = [_text(f"They would like to have it for {request.hours:g} more hours.")] if request.hours else []
    blocks = [
        _text(f"{who} {WANTED[request.kind]} “{link.name}”. {checked}"),
        *_quote(request.message),
        *longer,
        _text(f"Answer here: {base_url}/links/{link.id}#requests\nThey are notified by e-mail."),
        _text(f"A program answers with the operation share.access.resolve, request_id {request.id}."),
        _text(f"The link: {link.id}. {_time_line(link)}"),
    ]
    subject = f"{request.name or request.email} {WANTED[request.kind]} “{link.name}”"
    return Letter(recipient=editor.email, subject=subject, blocks=tuple(blocks), reply_to=request.email)


def granted_letter(link: Link, request: AccessRequest, resolver: Person, *, is_new: bool) -> Letter:
    """Return the letter to somebody who got what they asked for. `link`: as it is now, or the new one."""
    password = _password_line(link, resolver) if is_new else "The password is unchanged."
    blocks = [
        _text(f"{resolver.shown} has granted what you asked for: “{link.name}”."),
        *_quote(request.answer or ""),
        _link("Open it"),
        _text(f"{password if link.takes_password else _password_line(link, resolver)}\n{_time_line(link)}"),
    ]
    subject = f"Granted: “{link.name}”"
    return Letter(recipient=request.email, subject=subject, blocks=tuple(blocks), reply_to=resolver.address)


def denied_letter(request: AccessRequest, resolver: Person) -> Letter:
    """Return the letter to somebody who did not get what they asked for. It reveals nothing of the link."""
    blocks = [
        _text(f"{resolver.shown} has not granted what you asked for, {request.created_at:%d %B %Y}."),
        *_quote(request.answer or ""),
    ]
    return Letter(
        recipient=request.email,
        subject="Not granted: what you asked for",
        blocks=tuple(blocks),
        reply_to=resolver.address,
    )


def _password_line(link: Link, sharer: Person) -> str:
    by_code = "by a code that is sent to this address when you ask for it there"
    if not link.takes_password:
        return f"It opens {by_code}." if link.takes_code else "It needs no password."
    more = f", or opens {by_code}" if link.takes_code else ""
    who = sharer.name or sharer.email
    return f"It needs a password, which is not in this letter: {who} gives it to you another way{more}."


def _time_line(link: Link) -> str:
    begins = f"from {_moment(link.starts_at)} " if link.starts_at is not None else ""
    if link.expires_at is None:
        return f"It can be used {begins}without an end." if begins else "It has no end date."
    return f"It can be used {begins}until {_moment(link.expires_at)}."


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _text(text: str) -> Block:
    return Block(kind=BlockKind.TEXT, text=text)


def _link(text: str) -> Block:
    return Block(kind=BlockKind.LINK, text=text)


def _quote(text: str) -> list[Block]:
    return [Block(kind=BlockKind.QUOTE, text=text.strip())] if text.strip() else []


def _markdown(text: str) -> list[Block]:
    return [Block(kind=BlockKind.MARKDOWN, text=text.strip(), safe_html=render_markdown(text))] if text.strip() else []
