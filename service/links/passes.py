"""Who was admitted before, asks for the same again, and need not wait for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.errors import Unauthenticated
from service.links.admission import Admission, Client, Proof
from service.links.credentials.keys import KeyScope
from service.links.link import LinkStatus
from service.links.named_keys import ShownKey

if TYPE_CHECKING:
    from datetime import datetime

    from service.catalogue.item import Item
    from service.identifiers import TargetId
    from service.links.credentials.keys import Key, KeySigner
    from service.links.credentials.tokens import TokenClaim, TokenSigner
    from service.links.link import Link
    from service.links.records.record_cache import Records
    from service.metering.limits import Allowance, TileLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What a genuine token and a genuine key say."""

    claim: TokenClaim
    key: Key
    text: str
    """Of the key."""
    picked: TargetId | None = None
    """What was picked out of the link's bundle; None for its main target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An admission by a pass: good while its records are those at hand, until a moment; and for some origins."""

    admission: Admission
    main: Item
    """The link's main target, without which nothing of a bundle is served; mostly that of the admission."""
    until: float
    """Unix seconds at which the link or the key expires, whichever is first."""
    link_expires: float
    """Unix seconds; infinite where the link has no end."""


class Passes:
    """Admits by token and key as `Doorkeeper.admit` does, out of memory alone, within some microseconds.

    The checks are the same but for the two MACs, which a text that passed them once passes always. It only ever says
    yes: None or False is no refusal, but means that the doorkeeper must be asked. So each error is told in one place,
    and a doubt costs the time that a first request takes.
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

    def open(self, token: str, key: str, now: datetime, picked: TargetId | None = None) -> Pass | None:
        """Return what a token and a key say, where both are genuine, of what is picked out of a bundle."""
        claim = self._tokens.open(token)
        try:
            return Pass(claim=claim, key=self._keys.open(key, now), text=key, picked=picked) if claim else None
        except Unauthenticated:
            return None

    def grant(self, known: Pass, now: datetime) -> Grant | None:
        """Admit the holder of a pass, but for the origin; `holds` must follow."""
        claim, key = known.claim, known.key
        link = self._links.at_hand(claim.link_id)
        if link is None or link.rotation != claim.rotation or link.status(now) is not LinkStatus.ACTIVE:
            return None
        if key.link_id != link.id or key.generation != link.generation or now >= key.expires_at:
            return None
        if key.scope is KeyScope.NAMED_BOUND or key.key_id in link.revoked_keys:
            return None
        main = self._items.at_hand(link.target_id)
        target = self._target(link, known.picked) if known.picked else main
        if main is None or main.is_gone or target is None or target.is_gone:
            return None
        named = ShownKey(id=key.key_id, text=known.text) if key.key_id else None
        admission = Admission(link=link, target=target, proof=Proof.KEY, key_expires_at=key.expires_at, named=named)
        link_expires = math.inf if link.expires_at is None else link.expires_at.timestamp()
        until = min(link_expires, key.expires_at.timestamp())
        return Grant(admission=admission, main=main, until=until, link_expires=link_expires)

    def holds(self, grant: Grant, client: Client, now: float) -> bool:
        """Whether a grant is good at a moment (Unix seconds); `count`, and `charge` or `confirm`, must follow.

        Records are never changed, but replaced: what a grant found in those that are still at hand is still so.
        """
        link, target = grant.admission.link, grant.admission.target
        if now >= grant.until or self._links.at_hand(link.id) is not link:
            return False
        if link.allowed_origins and not link.admits_origin(client.origin, self._own_origin):
            return False
        if grant.main is not target and self._items.at_hand(grant.main.id) is not grant.main:
            return False
        return self._items.at_hand(target.id) is target

    def count(self, admission: Admission, client: Client) -> bool:
        """Count one tile of a caller; return whether it is within the rate."""
        return self._tile_limiter.admits(admission.link.id, client.address)

    def left(self, admission: Admission, client: Client) -> Allowance | None:
        """Return what is left to a caller who was counted."""
        return self._tile_limiter.look(admission.link.id, client.address)

    def give_back(self, admission: Admission, client: Client) -> None:
        """Undo `count`, as the ordinary way counts the same tile."""
        self._tile_limiter.give_back(admission.link.id, client.address)

    def _target(self, link: Link, picked: TargetId) -> Item | None:
        """Return an item that the link names itself. One of its collections' is another matter: they may change."""
        return self._items.at_hand(picked) if link.names(picked) else None
