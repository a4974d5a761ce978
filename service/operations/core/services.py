"""What operations work with, room by room. Built once, by `service.composition`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from service.accounts.access import Access
    from service.accounts.browser.browser_sessions import BrowserSessions
    from service.accounts.callers import Callers
    from service.accounts.first_answers import FirstAnswers
    from service.accounts.key_sets import KeySet
    from service.accounts.openid.identities import Identities
    from service.accounts.openid.sign_in import OpenIdSignIn
    from service.accounts.openid.standing import Standing
    from service.accounts.organization import Organization
    from service.accounts.organizations import OrganizationStore
    from service.accounts.people import People
    from service.accounts.store import AccountStore
    from service.catalogue.collection import Collection
    from service.catalogue.collection_store import CollectionStore
    from service.catalogue.item import Item
    from service.catalogue.storage.roots import StorageRoots
    from service.catalogue.store import ItemStore
    from service.database.audit.log import AuditLog
    from service.delivery.files.crcs import Crcs
    from service.delivery.files.storage import Files
    from service.delivery.files.uploads import Uploads
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.heavy.places import Places
    from service.delivery.images.areas import Areas
    from service.delivery.images.contents import Contents
    from service.delivery.images.datasets import Datasets
    from service.delivery.images.mosaics import Mosaics
    from service.delivery.images.overviews import Overviews
    from service.delivery.images.prefetch import Prefetch
    from service.delivery.images.seeds.seeder import Seeder
    from service.delivery.images.seeds.seeds import Seeds
    from service.delivery.images.shared_tiles import SharedTiles
    from service.delivery.images.sources import Sources
    from service.delivery.images.store.tile_store import TileStore
    from service.delivery.images.tiles import Tiles
    from service.delivery.images.values import Values
    from service.delivery.pool.cpu_pool import CpuPool
    from service.delivery.pool.render_pool import RenderPool
    from service.delivery.quarantine import Quarantine
    from service.links.access_requests import AccessRequestStore
    from service.links.admission import Authorizer
    from service.links.claims import ClaimStore
    from service.links.credentials.code_gate import CodeGate
    from service.links.credentials.codes import CodeSigner
    from service.links.credentials.keys import KeySigner
    from service.links.credentials.passwords import Passwords
    from service.links.credentials.tokens import TokenSigner
    from service.links.events.event_log import EventLog
    from service.links.events.event_store import EventStore
    from service.links.link import Link
    from service.links.link_search import LinkSearch
    from service.links.named_key_store import NamedKeyStore
    from service.links.records.change_stream import ChangeStream
    from service.links.records.outbox import Outbox
    from service.links.records.record_cache import RecordCache
    from service.links.store import LinkStore
    from service.mail.deferred import DeferredLetters
    from service.mail.store import MailStore
    from service.mail.worker import MailWorker
    from service.metering.budget_store import BudgetStore
    from service.metering.export import UsageExport
    from service.metering.in_flight import InFlight
    from service.metering.ledger import Ledger
    from service.metering.limits import RateLimiter, TileLimiter
    from service.metering.meter import Meter
    from service.metering.sums import UsageSums
    from service.metering.usage_watch import UsageWatch
    from service.notices.expiring import Expiring
    from service.notices.notices import Notices
    from service.notices.sightings import Sightings
    from service.notices.webhooks.delivery_store import DeliveryStore
    from service.notices.webhooks.sender import WebhookSender
    from service.notices.webhooks.webhook_store import WebhookStore
    from service.notices.webhooks.worker import WebhookWorker
    from service.settings import Settings
    from tiling.geometry.tile_matrix_sets import TileMatrixSets


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """Who may call."""

    store: AccountStore
    organizations: OrganizationStore
    access: Access
    people: People
    callers: Callers
    browser_sessions: BrowserSessions
    first_answers: FirstAnswers
    audit: AuditLog
    identities: Identities
    standing: Standing
    openid: OpenIdSignIn | None
    """None where people sign in with no provider."""
    key_set: KeySet | None
    """None where session tokens are checked with one fixed key, or with none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueServices:
    """What can be shared."""

    items: ItemStore
    collections: CollectionStore
    roots: StorageRoots


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkServices:
    """Links, and what opens them."""

    store: LinkStore
    search: LinkSearch
    named_keys: NamedKeyStore
    claims: ClaimStore
    access_requests: AccessRequestStore
    tokens: TokenSigner
    key_signer: KeySigner
    passwords: Passwords
    code_signer: CodeSigner
    codes: CodeGate
    authorizer: Authorizer


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordServices:
    """Cached records, and how a change of one reaches all workers."""

    organizations: RecordCache[Organization]
    links: RecordCache[Link]
    items: RecordCache[Item]
    collections: RecordCache[Collection]
    changes: ChangeStream
    outbox: Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class EventServices:
    """Who used a link."""

    store: EventStore
    log: EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteringServices:
    """What is counted, and how often somebody may ask."""

    meter: Meter
    ledger: Ledger
    watch: UsageWatch
    budgets: BudgetStore
    export: UsageExport
    sums: UsageSums
    in_flight: InFlight
    rates: RateLimiter
    tile_limiter: TileLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServices:
    """E-mails."""

    store: MailStore
    worker: MailWorker | None
    """None where no e-mail is sent."""
    deferred: DeferredLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeServices:
    """What happened that somebody wants to know, and where it is sent."""

    notices: Notices
    sightings: Sightings
    expiring: Expiring
    webhooks: WebhookStore
    deliveries: DeliveryStore
    sender: WebhookSender
    worker: WebhookWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadServices:
    """The doors to threads and processes."""

    render: RenderPool
    heavy: HeavyLane
    cpu: CpuPool
    quarantine: Quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServices:
    """Pixels: tiles, previews, values, contents."""

    tiles: Tiles
    values: Values
    contents: Contents
    datasets: Datasets
    areas: Areas
    grids: TileMatrixSets
    sources: Sources
    mosaics: Mosaics
    overviews: Overviews
    tile_store: TileStore | None
    seeds: Seeds
    seeder: Seeder
    prefetch: Prefetch | None
    """None where nothing is rendered before somebody asks."""
    shared_tiles: SharedTiles | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileServices:
    """Files as they are."""

    storage: Files
    crcs: Crcs
    packing: Places
    """For finding out what an archive holds: a tenth of a second for each thousand files."""
    uploads: Uploads


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All rooms. An operation names the ones that it uses; a function below it is given those alone."""

    settings: Settings
    redis: Redis
    etag_secret: bytes
    accounts: AccountServices
    catalogue: CatalogueServices
    links: LinkServices
    records: RecordServices
    events: EventServices
    metering: MeteringServices
    mail: MailServices
    notices: NoticeServices
    threads: ThreadServices
    images: ImageServices
    files: FileServices
