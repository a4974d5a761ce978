"""Who was admitted before, asks for the same again, and need not wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.errors import Unauthenticated
from service.links.admission import Admission, Client, Proof
from service.links.link import LinkStatus

if TYPE_CHECKING:
    from datetime import datetime

    from service.catalogue.item import Item
    from service.links.keys import Key, KeySigner
    from service.links.link import Link
    from service.links.records import Records
    from service.links.tokens import TokenClaim, TokenSigner
    from service.metering.limits import TileLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a genuine token and a genuine key say."""

    claim: TokenClaim
    key: Key


class Passes:
    """Admits by token and key as `Doorkeeper.admit` does, out of memory alone, within some microseconds.

    The checks are the same but for the two MACs, which a text that passed them once passes always. It only ever says
    yes: None is no refusal, but means that the doorkeeper must be asked. So each error is told in one place, and a
    doubt costs the time that a first request takes.
    """

    def __init__(
        self,
        *,
        tokens: TokenSigner,
        keys: KeySigner,
        links: Records[Link],
        items: Records[Item],
        tile_limiter: TileLimiter,
        own_origin: str,
    ) -> None:
        self._tokens = tokens
        self._keys = keys
        self._links = links
        self._items = items
        self._tile_limiter = tile_limiter
        self._own_origin = own_origin

    def open(self, token: str, key: str, now: datetime) -> Pass | None:
        """Return what a token and a key say, where both are genuine."""
        claim = self._tokens.open(token)
        try:
            return Pass(claim=claim, key=self._keys.open(key, now)) if claim else None
        except Unauthenticated:
            return None

    def admit(self, known: Pass, client: Client, now: datetime) -> Admission | None:
        """Admit a caller; `count` must follow, and `charge` or `confirm` before anything is sent."""
        claim, key = known.claim, known.key
        link = self._links.at_hand(claim.link_id)
        if link is None or link.rotation != claim.rotation or link.status(now) is not LinkStatus.ACTIVE:
            return None
        if key.link_id != link.id or key.generation != link.generation or now >= key.expires_at:
            return None
        if not link.admits_origin(client.origin, self._own_origin):
            return None
        target = self._items.at_hand(link.target_id)
        if target is None or target.deleted_at is not None:
            return None
        return Admission(link=link, target=target, proof=Proof.KEY, key_expires_at=key.expires_at)

    def count(self, admission: Admission, client: Client) -> bool:
        """Count one tile of a caller; return whether it is within the rate."""
        return self._tile_limiter.admits(admission.link.id, client.address)
