"""All parts of the service: built in the order in which they stand on each other, ended in the opposite one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

from service.catalogue.collection_store import CollectionStore
from service.catalogue.storage.roots import StorageRoots
from service.catalogue.store import ItemStore
from service.composition.base import Base
from service.composition.delivery import file_services, image_services, open_sources
from service.composition.links import event_services, link_services, record_services
from service.composition.mail import mail_services
from service.composition.notices import notice_services
from service.composition.people import account_services, metering_services
from service.composition.threads import load_quarantine, thread_services
from service.database.audit.recording import record_changes
from service.database.engine import migrate, open_engine
from service.links.credentials.master_key import derive, load_master_keys
from service.links.records.invalidation import follow_changes
from service.links.store import LinkStore
from service.operations.core.services import CatalogueServices, Services
from service.redis.client import connect_redis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from service.links.records.record_cache import RecordCache, Versioned
    from service.settings import Settings


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Yield the services of an installation, with its tables up to date; end their threads and connections after.

    `settings.redis_url` must be set: `service.processes.valkey` gives one where there is no Redis.
    """
    async with AsyncExitStack() as stack:
        keys = derive(await asyncio.to_thread(_master_keys, settings))
        engine = await stack.enter_async_context(open_engine(settings.sql_url))
        await migrate(engine)
        record_changes(engine, settings.audit_days)
        redis = connect_redis(settings.redis_url or "", settings.redis_timeout)
        stack.push_async_callback(redis.aclose)
        services = await _compose(Base(settings=settings, engine=engine, redis=redis, keys=keys, stack=stack))
        async with _running(*_loops(services)):
            yield services
        await services.mail.deferred.finish()
        await services.events.log.finish()
        await services.notices.sightings.finish()
        await services.metering.meter.finish()
        await services.metering.ledger.settle_last(services.metering.meter.unsettled)


async def _compose(base: Base) -> Services:
    catalogue = CatalogueServices(
        items=ItemStore(base.engine),
        collections=CollectionStore(base.engine),
        roots=StorageRoots(base.settings.storage_roots, base.settings.render_timeout / 2),
    )
    quarantine = await load_quarantine(base)
    sources = open_sources(base, catalogue.roots, quarantine)
    notices = notice_services(base)
    accounts, metering = await account_services(base), await metering_services(base, notices.notices)
    store = LinkStore(base.engine)
    records = record_services(base, accounts.organizations, catalogue, store, metering.meter)
    links = await link_services(base, store, accounts.access, metering, records, notices)
    mail = mail_services(base, store, links.tokens, links.code_signer)
    if mail.worker is not None:
        notices.notices.call_when_written(mail.worker.wake)
    threads, lanes = await thread_services(base, quarantine)
    return Services(
        settings=base.settings,
        redis=base.redis,
        etag_secret=base.keys.etag[0],
        accounts=accounts,
        catalogue=catalogue,
        links=links,
        records=records,
        events=event_services(base, links.named_keys, notices.sightings),
        metering=metering,
        mail=mail,
        notices=notices,
        threads=threads,
        images=await image_services(base, catalogue, sources, threads, lanes),
        files=await file_services(base, catalogue.roots),
    )


def _loops(services: Services) -> list[Coroutine[None, None, None]]:
    """Return what goes on for as long as the service does."""
    records, metering = services.records, services.metering
    kinds = [records.organizations, records.links, records.items, records.collections]
    caches = cast("list[RecordCache[Versioned]]", kinds)
    return [
        follow_changes(records.changes, caches, records.outbox.spread_all_again),
        records.outbox.run(),
        metering.ledger.run(services.settings.settle_interval),
        services.images.overviews.sweep(),
        services.images.seeder.run(),
        services.files.uploads.sweep(services.catalogue.items.folders),
        services.events.log.run(),
        services.mail.deferred.run(),
        services.notices.sightings.run(),
        services.notices.worker.run(),
        services.notices.expiring.run(),
        metering.watch.run(),
        services.threads.quarantine.run(),
        services.accounts.first_answers.run(),
        services.accounts.audit.run(),
        metering.meter.watch(metering.ledger.settled),
        *([services.images.prefetch.run()] if services.images.prefetch else []),
        *([services.mail.worker.run()] if services.mail.worker else []),
        *([services.accounts.key_set.run()] if services.accounts.key_set else []),
    ]


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


def _master_keys(settings: Settings) -> tuple[bytes, ...]:
    """Blocks."""
    return load_master_keys(settings.master_key_file or settings.data_dir / "master.key")
