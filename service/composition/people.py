"""Who may call, what is counted, and how often somebody may ask."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from service.accounts.access import Access
from service.accounts.browser.browser_sessions import BrowserSessions
from service.accounts.callers import Callers
from service.accounts.first_answers import FirstAnswers
from service.accounts.key_sets import KeySet
from service.accounts.openid.configured import openid_client, openid_rules
from service.accounts.openid.directory import Directory
from service.accounts.openid.identities import Identities
from service.accounts.openid.sign_in import OpenIdSignIn
from service.accounts.openid.standing import Standing
from service.accounts.organizations import OrganizationStore
from service.accounts.people import People
from service.accounts.signing_in import session_keys, sessions
from service.accounts.store import AccountStore
from service.database.audit.log import AuditLog
from service.metering.budget_store import BudgetStore
from service.metering.export import UsageExport
from service.metering.in_flight import counting_in
from service.metering.ledger import Ledger
from service.metering.limits import RateLimiter, TileLimiter
from service.metering.meter import Meter
from service.metering.sums import UsageSums
from service.metering.usage_watch import UsageWatch
from service.operations.core.services import AccountServices, MeteringServices

if TYPE_CHECKING:
    from service.composition.base import Base
    from service.notices.notices import Notices


async def account_services(base: Base) -> AccountServices:
    """Return who may call: API keys, and session tokens where an operator has set how they are checked."""
    store, people = AccountStore(base.engine), People(base.engine)
    access = Access(store)
    keys = await asyncio.to_thread(session_keys, base.settings)
    identities = Identities(base.engine)
    return AccountServices(
        store=store,
        organizations=OrganizationStore(base.engine),
        access=access,
        people=people,
        callers=Callers(access, people, sessions(base.settings, keys), identities),
        browser_sessions=BrowserSessions(base.redis, base.settings.session_idle),
        first_answers=FirstAnswers(base.engine, base.keys.answer),
        audit=AuditLog(base.engine, base.settings.audit_days),
        identities=identities,
        standing=Standing(store, people, identities, openid_rules(base.settings)),
        openid=await _openid(base),
        key_set=keys if isinstance(keys, KeySet) else None,
    )


async def _openid(base: Base) -> OpenIdSignIn | None:
    client = await asyncio.to_thread(openid_client, base.settings)
    return None if client is None else OpenIdSignIn(client, Directory(client), base.redis, base.keys.sign_in)


async def metering_services(base: Base, notices: Notices) -> MeteringServices:
    """Return the meter and the limits."""
    watch = UsageWatch(base.engine, base.redis, notices)
    ledger = Ledger(base.engine, base.redis, watch)
    meter = Meter(base.redis, ledger.counters, base.settings.redis_timeout, refused=watch.refuse)
    return MeteringServices(
        meter=await base.stack.enter_async_context(meter),
        ledger=ledger,
        watch=watch,
        budgets=BudgetStore(base.engine),
        export=UsageExport(base.engine),
        sums=UsageSums(base.engine),
        in_flight=base.stack.enter_context(counting_in(base.settings.data_dir)),
        rates=RateLimiter(base.redis),
        tile_limiter=TileLimiter(base.settings.rate_tiles),
    )
