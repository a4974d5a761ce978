"""The billing jobs report what was used, all of it and nothing twice, wherever they are killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer

from service.identifiers import LinkId, OrganizationId
from service.metering.ledger_store import LedgerStore
from service.metering.snapshot import ShareKey, Snapshot
from service.metering.usage import UNITS, Units
from tests.api.isolation.tenants import second_organization
from tests.docs.billing.billing_services import TOKEN, LagoService, OpenMeterService, StripeService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import Installation
    from tests.docs.billing.billing_services import BillingService

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("stripe", "openmeter", "lago_python_client")),
    reason="the clients of the billing services are not installed: pip install -c constraints.txt -e .[dev]",
)
ROOT = Path(__file__).parents[3]
JOBS: dict[str, type[BillingService]] = {
    "stripe_meters": StripeService,
    "openmeter_events": OpenMeterService,
    "lago_events": LagoService,
}
SECRETS = dict.fromkeys(("STRIPE_API_KEY", "OPENMETER_TOKEN", "LAGO_API_KEY"), TOKEN)
SEED = int(os.environ.get("BILLING_SEED", "11"))
TODAY = datetime.now(UTC).date()
DAY = 86400.0


@dataclass(kw_only=True)
class Scene:
    """A job, between the service and a billing service."""

    job: asyncio.subprocess.Process
    billing: BillingService
    service: Installation
    organizations: tuple[str, ...]
    used: Counter[tuple[str, str, date]] = field(default_factory=Counter)
    """By organization, unit and day, as the ledger has it."""

    async def use(self, organization_id: str, day: date, amount: int) -> None:
        """Have the ledger say that so much more was used on a day."""
        total = self.used[organization_id, UNITS[0], day] + amount
        for place, unit in enumerate(UNITS):
            self.used[organization_id, unit, day] = total + place
        units = Units(**{unit: total + place for place, unit in enumerate(UNITS)})
        shares = {ShareKey(LinkId("lnk_1"), day, "epoch"): units}
        snapshot = Snapshot(rev=f"{organization_id}{day}{total}", batches={}, shares=shares, last_used={})
        store = LedgerStore(self.service.services.accounts.store._engine)
        await store.write(OrganizationId(organization_id), snapshot, shares)

    async def run(self, dies_at: int = 0, ahead: float = 0.0) -> tuple[str, int]:
        """Run the job once; return how it ended, and after how many lines."""
        assert self.job.stdin is not None
        assert self.job.stdout is not None
        self.billing.ahead = ahead
        self.job.stdin.write(f"{dies_at} {ahead}\n".encode())
        await self.job.stdin.drain()
        how, lines = (await self.job.stdout.readline()).decode().split()
        return how, int(lines)

    def expected(self) -> Counter[tuple[str, str, str]]:
        """Return what a billing service has to have of the days that have ended."""
        return Counter(
            {
                (f"cus_{organization_id}", f"tilegate_{unit}", day.isoformat()): amount
                for (organization_id, unit, day), amount in self.used.items()
                if day < TODAY and amount
            }
        )


@pytest.fixture
async def scene(request: pytest.FixtureRequest, service: Installation, tmp_path: Path) -> AsyncIterator[Scene]:
    """The job that the test's parameter names, and what was used by two organizations in three days and today."""
    async with started(request.param, service, tmp_path) as scene:
        for back in range(4):
            for organization_id in scene.organizations:
                await scene.use(organization_id, TODAY - timedelta(days=back), 100 + 10 * back)
        yield scene


@asynccontextmanager
async def started(name: str, service: Installation, folder: Path) -> AsyncIterator[Scene]:
    other, _ = await second_organization(service, "others")
    organizations = (service.account.organization_id, other.organization_id)
    billing = JOBS[name]()
    server = TestServer(billing.app())
    await server.start_server()
    config = {
        "url": str(service.client.make_url("/")),
        "organization_id": "*",
        "customers": {organization_id: f"cus_{organization_id}" for organization_id in organizations},
        "endpoint": str(server.make_url("/")).rstrip("/"),
    }
    (folder / "config.json").write_text(json.dumps(config))
    environment = {**os.environ, **SECRETS, "TILEGATE_API_KEY": service.api_key}
    environment["PYTHONPATH"] = str(ROOT / "clients" / "python")
    driver = Path(__file__).with_name("driver.py")
    words = [sys.executable, str(driver), name, str(folder / "config.json"), str(folder / "state.sqlite")]
    pipe = asyncio.subprocess.PIPE
    job = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, env=environment)
    try:
        yield Scene(job=job, billing=billing, service=service, organizations=organizations)
    finally:
        assert job.stdin is not None
        job.stdin.close()
        await job.wait()
        await server.close()


async def kill_it(scene: Scene, times: int, lost: float) -> None:
    """Kill the job at random lines while usage goes on, also of days that were reported; then let it end."""
    chance, killed = random.Random(SEED), 0
    scene.billing.lost = lost
    lines = 900
    while killed < times:
        how, ran = await scene.run(dies_at=chance.randint(1, lines))
        killed += how == "killed"
        lines = ran or lines
        if chance.random() < 0.6:
            day = TODAY - timedelta(days=chance.randint(0, 5))
            await scene.use(chance.choice(scene.organizations), day, chance.randint(1, 9))
            lines = 900
    scene.billing.lost = 0.0
    assert (await scene.run())[0] == "lines"
    assert scene.billing.totals == scene.expected()
    taken = scene.billing.taken
    assert (await scene.run())[0] == "lines"
    assert scene.billing.taken == taken


KILLS = int(os.environ.get("KILLS", "8"))
"""Of each job in the slow tests: `KILLS=50 make soak` for a long run."""

ALL = ["stripe_meters", *(pytest.param(name, marks=pytest.mark.slow) for name in ("openmeter_events", "lago_events"))]


@pytest.mark.parametrize("scene", ALL, indirect=True)
async def test_a_job_reports_every_unit_of_each_day_that_has_ended(scene: Scene) -> None:
    assert (await scene.run())[0] == "lines"
    assert scene.billing.totals == scene.expected()
    assert {meter for _, meter, _ in scene.billing.totals} == {f"tilegate_{unit}" for unit in UNITS}
    assert scene.billing.duplicates == 0
    await scene.use(scene.organizations[1], TODAY - timedelta(days=2), 5)
    assert (await scene.run())[0] == "lines"
    assert scene.billing.totals == scene.expected()
    assert scene.billing.refused == []


@pytest.mark.parametrize("scene", ["stripe_meters"], indirect=True)
async def test_a_job_that_is_killed_anywhere_reports_nothing_twice(scene: Scene) -> None:
    await kill_it(scene, 5, lost=0.0)


@pytest.mark.slow
@pytest.mark.parametrize("scene", JOBS, indirect=True)
async def test_a_job_that_is_killed_again_and_again_reports_nothing_twice(scene: Scene) -> None:
    """And answers get lost."""
    await kill_it(scene, KILLS, lost=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("scene", JOBS, indirect=True)
@pytest.mark.parametrize("later", [25 * 3600.0, 33 * DAY], ids=["a day", "a month"])
async def test_an_event_of_which_nobody_knows_any_more_is_not_sent_again(scene: Scene, later: float) -> None:
    """Wherever the job died, and however long nobody started it again."""
    _, lines = await scene.run()
    for place in range(max(2, KILLS // 3)):
        await scene.use(scene.organizations[place % 2], TODAY - timedelta(days=place % 3 + 1), 3)
        await scene.run(dies_at=random.Random(SEED + place).randint(lines // 2, lines))
        assert (await scene.run(ahead=later * (place + 1)))[0] == "lines"
    found, expected = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (customer, meter, _), amount in scene.billing.totals.items():
        found[customer, meter] += amount
    for (customer, meter, _), amount in scene.expected().items():
        expected[customer, meter] += amount
    assert found == expected  # Stripe takes nothing of days that are more than 35 days ago: it is booked later


@pytest.mark.slow
@pytest.mark.parametrize("scene", ["stripe_meters"], indirect=True)
async def test_what_is_older_than_stripe_takes_is_booked_on_the_oldest_day(scene: Scene) -> None:
    assert (await scene.run(ahead=60 * DAY))[0] == "lines"
    days = {date.fromisoformat(day) for _, _, day in scene.billing.totals}
    assert days == {TODAY + timedelta(days=60 - 34)}
    assert scene.billing.totals.total() == scene.expected().total()
    assert scene.billing.refused == []
