"""All the parts of the service, put together; without HTTP."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from service.accounts.access import Access
from service.accounts.callers import Callers
from service.accounts.key_sets import KeySet
from service.accounts.people import People
from service.accounts.signing_in import session_keys, sessions
from service.accounts.store import AccountStore
from service.catalogue.collection import Collection
from service.catalogue.collection_store import CollectionStore
from service.catalogue.item import Item
from service.catalogue.storage.roots import StorageRoots
from service.catalogue.store import ItemStore
from service.catalogue.suspects import SuspectStore
from service.database.engine import migrate, open_engine
from service.database.outbox import OutboxStore
from service.delivery.files.archives import Crcs
from service.delivery.files.storage import Files
from service.delivery.files.uploads import Uploads
from service.delivery.heavy.lane import HeavyLane
from service.delivery.heavy.limits import Limits
from service.delivery.heavy.processes import JobProcesses
from service.delivery.images.areas import Areas
from service.delivery.images.contents import Contents
from service.delivery.images.mosaics import Mosaics
from service.delivery.images.overviews import OVERVIEW_QUEUE, OVERVIEW_SECONDS, Overviews
from service.delivery.images.shared_tiles import SharedTiles
from service.delivery.images.sources import Sources
from service.delivery.images.tile_cache import TileCache
from service.delivery.images.tiles import Tiles
from service.delivery.images.values import Values
from service.delivery.pool.cpu_pool import CpuPool
from service.delivery.pool.render_pool import RenderPool
from service.delivery.quarantine import Quarantine
from service.delivery.sandbox import job_reach, thread_sandbox
from service.errors import Misconfigured
from service.links.access_requests import AccessRequestStore
from service.links.admission import Authorizer
from service.links.claims import ClaimStore
from service.links.credentials.keys import KeySigner
from service.links.credentials.master_key import PurposeKeys, derive, load_master_keys
from service.links.credentials.password_gate import PasswordGate
from service.links.credentials.passwords import Passwords
from service.links.credentials.tokens import TokenSigner
from service.links.events.event_log import EventLog
from service.links.events.event_store import EventStore
from service.links.link import Link
from service.links.named_key_store import NamedKeyStore
from service.links.named_keys import KeyOrigins
from service.links.records.change_stream import ChangeStream
from service.links.records.invalidation import follow_changes
from service.links.records.outbox import Outbox
from service.links.records.record_cache import RECORD_SECONDS, RecordCache, Versioned
from service.links.store import LinkStore
from service.mail.store import MailStore
from service.mail.worker import MailWorker
from service.metering.export import UsageExport
from service.metering.in_flight import InFlight, counting_in
from service.metering.ledger import Ledger
from service.metering.limits import GuessThrottle, RateLimiter, TileLimiter
from service.metering.meter import Meter
from service.operations.mail_office import mail_worker
from service.redis.client import connect_redis
from tiling.errors import TileMatrixSetInvalid
from tiling.files.range_cache import RangeCache
from tiling.geometry.tile_matrix_sets import TileMatrixSets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from service.identifiers import CollectionId, ItemId, LinkId
    from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that operations work with. Built once by `open_services`."""

    settings: Settings
    redis: Redis
    accounts: AccountStore
    access: Access
    people: People
    callers: Callers
    key_set: KeySet | None
    items: ItemStore
    item_records: RecordCache[Item]
    collections: CollectionStore
    collection_records: RecordCache[Collection]
    links: LinkStore
    link_records: RecordCache[Link]
    named_keys: NamedKeyStore
    event_store: EventStore
    events: EventLog
    key_signer: KeySigner
    changes: ChangeStream
    outbox: Outbox
    claims: ClaimStore
    access_requests: AccessRequestStore
    mails: MailStore
    mail_worker: MailWorker | None
    """None where no e-mail is sent."""
    tokens: TokenSigner
    passwords: Passwords
    authorizer: Authorizer
    meter: Meter
    ledger: Ledger
    export: UsageExport
    in_flight: InFlight
    rates: RateLimiter
    areas: Areas
    tile_limiter: TileLimiter
    roots: StorageRoots
    pool: RenderPool
    heavy: HeavyLane
    quarantine: Quarantine
    sources: Sources
    cpu: CpuPool
    mosaics: Mosaics
    overviews: Overviews
    shared_tiles: SharedTiles | None
    tiles: Tiles
    contents: Contents
    values: Values
    files: Files
    crcs: Crcs
    uploads: Uploads
    grids: TileMatrixSets
    etag_secret: bytes


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Yield the services of an installation, with its tables up to date; end their threads and connections after.

    `settings.redis_url` must be set: `service.processes.valkey` gives one where there is no Redis.
    """
    async with AsyncExitStack() as stack:
        keys = derive(await asyncio.to_thread(_master_keys, settings))
        engine = await stack.enter_async_context(open_engine(settings.sql_url))
        await migrate(engine)
        redis = connect_redis(settings.redis_url or "", settings.redis_timeout)
        stack.push_async_callback(redis.aclose)
        services = await _assemble(settings, engine, redis, keys, stack)
        caches = cast(
            "list[RecordCache[Versioned]]", [services.link_records, services.item_records, services.collection_records]
        )
        async with _running(
            follow_changes(services.changes, caches, services.outbox.spread_all_again),
            services.outbox.run(),
            services.ledger.run(settings.settle_interval),
            services.overviews.sweep(),
            services.uploads.sweep(services.items.folders),
            services.events.run(),
            services.quarantine.run(),
            services.meter.watch(services.ledger.settled),
            *([services.mail_worker.run()] if services.mail_worker else []),
            *([services.key_set.run()] if services.key_set else []),
        ):
            yield services
        await services.events.finish()
        await services.meter.finish()
        await services.ledger.settle_last(services.meter.unsettled)


@asynccontextmanager
async def _running(*loops: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run endless loops beside the context's body; they log their own failures."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _assemble(
    settings: Settings, engine: AsyncEngine, redis: Redis, keys: PurposeKeys, stack: AsyncExitStack
) -> Services:
    accounts, items, collections, links = (
        AccountStore(engine),
        ItemStore(engine),
        CollectionStore(engine),
        LinkStore(engine),
    )
    access, people, ledger = Access(accounts), People(engine), Ledger(engine, redis)
    named_keys = NamedKeyStore(engine)
    signing_keys = await asyncio.to_thread(session_keys, settings)
    mails = MailStore(engine)
    roots = StorageRoots(settings.storage_roots, settings.render_timeout / 2)
    quarantine = Quarantine(SuspectStore(engine), settings.data_dir)
    await quarantine.load()
    sources = Sources(
        roots,
        stack.enter_context(RangeCache(settings.remote_cache_bytes)),
        recheck=settings.remote_recheck,
        grace=settings.remote_grace,
        check=quarantine.check,
    )
    event_store = EventStore(engine)
    changes = ChangeStream(redis, RECORD_SECONDS)
    link_records: RecordCache[Link] = RecordCache(
        "link", Link, redis, lambda key: links.get(cast("LinkId", key)), changes
    )
    item_records: RecordCache[Item] = RecordCache(
        "item", Item, redis, lambda key: items.get(cast("ItemId", key)), changes
    )
    collection_records: RecordCache[Collection] = RecordCache(
        "collection", Collection, redis, lambda key: collections.get(cast("CollectionId", key)), changes
    )
    meter = await stack.enter_async_context(Meter(redis, ledger.counters, settings.redis_timeout))
    passwords = await stack.enter_async_context(Passwords(settings.bcrypt_cost))
    pool = await stack.enter_async_context(
        RenderPool(
            threads=settings.render_threads,
            queue=settings.render_queue,
            wait=settings.render_wait,
            timeout=settings.render_timeout,
            stuck_limit=settings.render_stuck,
            block_cache=settings.block_cache_bytes,
            initializer=await asyncio.to_thread(thread_sandbox, settings),
        )
    )
    heavy, building = await _lanes(settings, quarantine, stack)
    cpu = await stack.enter_async_context(CpuPool())
    overviews = await stack.enter_async_context(
        Overviews(settings.data_dir / "overviews", collections, sources, building, max_bytes=settings.overview_bytes)
    )
    mosaics = Mosaics(collections, sources, overviews)
    shared_tiles = SharedTiles(settings.tile_cache_url) if settings.tile_cache_url else None
    if shared_tiles:
        stack.push_async_callback(shared_tiles.close)
        await shared_tiles.check_server(redis)
    tiles = Tiles(
        sources,
        mosaics,
        TileCache(settings.tile_cache_bytes),
        pool,
        heavy=heavy,
        shared=shared_tiles,
        metatile=settings.metatile,
    )
    throttle = GuessThrottle(redis, per_link=settings.guesses_per_link, per_client=settings.guesses_per_client)
    tokens, key_signer, tile_limiter = TokenSigner(keys.link), KeySigner(keys.key), TileLimiter(settings.rate_tiles)
    own_origin = "{0.scheme}://{0.netloc}".format(urlsplit(settings.base_url))
    return Services(
        settings=settings,
        redis=redis,
        accounts=accounts,
        access=access,
        people=people,
        callers=Callers(access, people, sessions(settings, signing_keys)),
        key_set=signing_keys if isinstance(signing_keys, KeySet) else None,
        items=items,
        item_records=item_records,
        collections=collections,
        collection_records=collection_records,
        links=links,
        link_records=link_records,
        named_keys=named_keys,
        event_store=event_store,
        events=EventLog(event_store, named_keys, days=settings.event_days, addresses=settings.event_addresses),
        key_signer=key_signer,
        changes=changes,
        outbox=Outbox(
            OutboxStore(engine),
            meter,
            links=links,
            link_records=link_records,
            items=items,
            item_records=item_records,
            collections=collections,
            collection_records=collection_records,
        ),
        claims=ClaimStore(engine),
        access_requests=AccessRequestStore(engine),
        mails=mails,
        mail_worker=mail_worker(settings, mails, links, tokens),
        tokens=tokens,
        passwords=passwords,
        authorizer=Authorizer(
            tokens=tokens,
            keys=key_signer,
            key_origins=KeyOrigins(named_keys.get),
            links=link_records,
            items=item_records,
            collections=collection_records,
            gate=PasswordGate(passwords, throttle, keys.password_cache[0]),
            access=access,
            meter=meter,
            tile_limiter=tile_limiter,
            own_origin=own_origin,
            open_links=settings.allow_passwordless_links,
        ),
        meter=meter,
        ledger=ledger,
        export=UsageExport(engine),
        in_flight=stack.enter_context(counting_in(settings.data_dir)),
        rates=RateLimiter(redis),
        areas=Areas(cpu),
        tile_limiter=tile_limiter,
        roots=roots,
        pool=pool,
        heavy=heavy,
        quarantine=quarantine,
        sources=sources,
        cpu=cpu,
        mosaics=mosaics,
        overviews=overviews,
        shared_tiles=shared_tiles,
        tiles=tiles,
        values=Values(sources, tiles.keys, pool, heavy),
        contents=Contents(sources, pool, heavy),
        files=await stack.enter_async_context(Files(roots)),
        crcs=Crcs(),
        uploads=await stack.enter_async_context(
            Uploads(
                roots,
                settings.data_dir / "uploads",
                keys.etag[0],
                max_bytes=settings.upload_bytes,
                keep_free=settings.upload_keep_free,
            )
        ),
        grids=await asyncio.to_thread(_grids, settings),
        etag_secret=keys.etag[0],
    )


async def _lanes(settings: Settings, quarantine: Quarantine, stack: AsyncExitStack) -> tuple[HeavyLane, HeavyLane]:
    """Return the lane of heavy work that somebody waits for, and that in which overviews are built."""
    processes = await stack.enter_async_context(JobProcesses())
    limits = Limits(memory=settings.heavy_memory_bytes, reach=await asyncio.to_thread(job_reach, settings))
    heavy = HeavyLane(
        processes,
        quarantine,
        limits,
        places=settings.heavy_processes,
        queue=settings.heavy_queue,
        wait=settings.heavy_wait,
        seconds=settings.heavy_timeout,
    )
    writing = await asyncio.to_thread(job_reach, settings, writable=[settings.data_dir / "overviews"])
    building = HeavyLane(
        processes, quarantine, replace(limits, reach=writing), queue=OVERVIEW_QUEUE, wait=None, seconds=OVERVIEW_SECONDS
    )
    return await stack.enter_async_context(heavy), await stack.enter_async_context(building)


def _master_keys(settings: Settings) -> tuple[bytes, ...]:
    """Blocks."""
    return load_master_keys(settings.master_key_file or settings.data_dir / "master.key")


def _grids(settings: Settings) -> TileMatrixSets:
    """Blocks. Raises Misconfigured."""
    try:
        return TileMatrixSets.with_folder(settings.tms_dir)
    except TileMatrixSetInvalid as exc:
        raise Misconfigured("misconfigured", f"TILEGATE_TMS_DIR: {exc}.") from exc
