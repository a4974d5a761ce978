"""What letters say of notices. Never an address of a link, a password or a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.mail.letter import Block, BlockKind, Letter
from service.notices.notice import NoticeType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.accounts.people import Person
    from service.notices.notice import Notice

SENTENCES = {
    NoticeType.LINK_OPENED: "“{link_name}” was opened for the first time.",
    NoticeType.LINK_CLAIMED: "{email} signed in and opened “{link_name}”.",
    NoticeType.LINK_EXPIRING: "“{link_name}” ends at {expires_at}. Give it a later expires_at if it should go on.",
    NoticeType.FILE_UPLOADED: "A file was uploaded to “{link_name}”: {path} ({bytes} bytes).",
    NoticeType.CAP_NEAR: "“{link_name}” has used {used} of its {cap} {unit}. At the limit it answers nobody any more.",
    NoticeType.CAP_REACHED: "“{link_name}” has reached its limit of {cap} {unit}: it answers nobody any more.",
    NoticeType.PASSWORD_GUESSING: (
        "Somebody tries passwords on “{link_name}”, and is slowed down. If you did not expect that, give the link a "
        "new address by share.link.rotate, or revoke it."
    ),
}
BY_KEY = "The key “{key_label}” of “{link_name}” was used for the first time."


def notice_letter(notice: Notice, maker: Person) -> Letter:
    """Return the letter to the maker of the link that a notice is about."""
    by_key = notice.data.get("key_id") is not None and notice.type == NoticeType.LINK_OPENED
    sentence = (BY_KEY if by_key else SENTENCES[NoticeType(notice.type)]).format_map(notice.data)
    more = ["There may be more today; webhooks and share.link.events have each."] * (
        notice.type == NoticeType.FILE_UPLOADED
    )
    reason = (
        f"You get this because you made the link {notice.data['link_id']}. Its setting `notices` ends these letters, "
        "and the operation notice.set ends them for all your links."
    )
    return _letter(maker.email, sentence, [sentence, *more, reason])


def disabled_letter(admin: Person, webhook_id: str, host: str, reason: str) -> Letter:
    """Return the letter to an admin of an organization whose webhook is no longer sent anything.

    Of its address it has the host: the rest of it may be a secret.
    """
    lines = [
        f"The webhook {webhook_id} to {host} was disabled: {reason}",
        "What happens from now on is not sent to it. Enable it by webhook.update when the server is well again.",
    ]
    return _letter(admin.email, "A webhook was disabled", lines)


def _letter(recipient: str, subject: str, lines: Sequence[str]) -> Letter:
    blocks = tuple(Block(kind=BlockKind.TEXT, text=line) for line in lines)
    return Letter(recipient=recipient, subject=subject, blocks=blocks)
