"""Links: what opens them, their cached records, and who used them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from service.accounts.organization import Organization
from service.catalogue.collection import Collection
from service.catalogue.item import Item
from service.database.outbox import OutboxStore
from service.links.access_requests import AccessRequestStore
from service.links.admission import Authorizer
from service.links.claims import ClaimStore
from service.links.credentials.code_gate import CodeGate
from service.links.credentials.codes import CodeSigner
from service.links.credentials.keys import KeySigner
from service.links.credentials.password_gate import PasswordGate
from service.links.credentials.passwords import Passwords
from service.links.credentials.tokens import TokenSigner
from service.links.events.event_log import EventLog
from service.links.events.event_store import EventStore
from service.links.link import Link
from service.links.link_search import LinkSearch
from service.links.named_key_store import NamedKeyStore
from service.links.named_keys import KeyOrigins
from service.links.records.change_stream import ChangeStream
from service.links.records.outbox import Outbox
from service.links.records.record_cache import RECORD_SECONDS, RecordCache
from service.links.records.rounds import Rounds
from service.metering.limits import GuessThrottle
from service.notices.notice import guessing
from service.operations.core.services import EventServices, LinkServices, RecordServices

if TYPE_CHECKING:
    from service.accounts.access import Access
    from service.accounts.organizations import OrganizationStore
    from service.composition.base import Base
    from service.identifiers import CollectionId, OrganizationId
    from service.links.store import LinkStore
    from service.metering.meter import Meter
    from service.notices.sightings import Sightings
    from service.operations.core.services import CatalogueServices, MeteringServices, NoticeServices


def record_services(
    base: Base, accounts: OrganizationStore, catalogue: CatalogueServices, store: LinkStore, meter: Meter
) -> RecordServices:
    """Return the caches of records, and the outbox by which changes reach those of other workers."""
    redis, changes = base.redis, ChangeStream(base.redis, RECORD_SECONDS)
    links = RecordCache("link", Link, redis, Rounds(store.get_all).get, changes)
    items = RecordCache("item", Item, redis, Rounds(catalogue.items.get_all).get, changes)
    collections = RecordCache(
        "collection", Collection, redis, lambda key: catalogue.collections.get(cast("CollectionId", key)), changes
    )
    organizations = RecordCache(
        "organization", Organization, redis, lambda key: accounts.get(cast("OrganizationId", key)), changes
    )
    outbox = Outbox(
        OutboxStore(base.engine),
        meter,
        links=store,
        link_records=links,
        items=catalogue.items,
        item_records=items,
        collections=catalogue.collections,
        collection_records=collections,
        organizations=accounts,
        organization_records=organizations,
    )
    return RecordServices(
        organizations=organizations, links=links, items=items, collections=collections, changes=changes, outbox=outbox
    )


async def link_services(
    base: Base,
    store: LinkStore,
    access: Access,
    metering: MeteringServices,
    records: RecordServices,
    notices: NoticeServices,
) -> LinkServices:
    """Return links, and what authorizes those who use them."""
    settings, keys = base.settings, base.keys
    tokens, key_signer, named_keys = TokenSigner(keys.link), KeySigner(keys.key), NamedKeyStore(base.engine)
    passwords = await base.stack.enter_async_context(Passwords(settings.bcrypt_cost))
    throttle, code_signer = _throttle(base, notices), CodeSigner(keys.code[0])
    return LinkServices(
        store=store,
        search=LinkSearch(base.engine),
        named_keys=named_keys,
        claims=ClaimStore(base.engine, notices.notices),
        access_requests=AccessRequestStore(base.engine, notices.notices),
        tokens=tokens,
        key_signer=key_signer,
        passwords=passwords,
        code_signer=code_signer,
        codes=CodeGate(base.redis, code_signer, metering.rates, throttle, per_client=settings.rate_codes),
        authorizer=Authorizer(
            tokens=tokens,
            keys=key_signer,
            key_origins=KeyOrigins(named_keys.get),
            organizations=records.organizations,
            links=records.links,
            items=records.items,
            collections=records.collections,
            gate=PasswordGate(passwords, throttle, keys.password_cache[0]),
            access=access,
            meter=metering.meter,
            tile_limiter=metering.tile_limiter,
            own_origin=settings.own_origin,
            open_links=settings.allow_passwordless_links,
        ),
    )


def _throttle(base: Base, notices: NoticeServices) -> GuessThrottle:
    """Return the throttle of guesses, which has it noticed where it refuses some."""
    settings = base.settings
    return GuessThrottle(
        base.redis,
        per_link=settings.guesses_per_link,
        per_client=settings.guesses_per_client,
        refused=lambda link_id: notices.sightings.see(guessing(link_id, datetime.now(UTC))),
    )


def event_services(base: Base, named_keys: NamedKeyStore, sightings: Sightings) -> EventServices:
    """Return who used a link."""
    store, settings = EventStore(base.engine), base.settings
    log = EventLog(store, named_keys, sightings, days=settings.event_days, addresses=settings.event_addresses)
    return EventServices(store=store, log=log)
