"""Keys that say which recipient they were given to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from service.links.credentials.keys import as_signed, new_key_id
from service.links.key import Key, KeyScope
from service.links.named_keys import NamedKey, ShownKey

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.core.operation import Context

LONGEST_LABEL = 200


async def as_recipient(context: Context, admission: Admission, address: str) -> Admission:
    """Return the admission of a recipient by a key that is theirs: the one they have, or else a new one.

    It is a named key, by their address, so that its link's owner sees who used the link, and can end it.
    """
    services, link, now = context.services, admission.link, datetime.now(UTC)
    lifetime = timedelta(seconds=services.settings.map_key_lifetime)
    latest = now + lifetime if link.expires_at is None else min(now + lifetime, link.expires_at)
    key = await services.links.named_keys.of_recipient(link, address, as_signed(now + (latest - now) / 2))
    if key is None:
        key = _new_key(link, address, now, latest)
        await services.links.named_keys.add(key)
    said = Key(
        link_id=link.id,
        generation=key.generation,
        scope=KeyScope.NAMED,
        expires_at=key.expires_at,
        key_id=key.id,
    )
    context.client.trail.key_id = key.id
    text = services.links.key_signer.sign(said)
    shown = ShownKey(id=key.id, text=text, label=key.label, recipient=key.recipient)
    return replace(admission, named=shown, key_expires_at=key.expires_at)


def _new_key(link: Link, address: str, now: datetime, expires_at: datetime) -> NamedKey:
    return NamedKey(
        id=new_key_id(),
        link_id=link.id,
        label=address[:LONGEST_LABEL],
        generation=link.generation,
        allowed_origins=(),
        created_by=link.created_by,
        created_at=now,
        expires_at=as_signed(expires_at),
        recipient=address,
    )
