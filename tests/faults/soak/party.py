"""One organization of the soak: its sharer, its links, its books, and the budgets that it sets itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults.soak.books import Books
from tests.faults.soak.checker import Budget, Checker
from tests.faults.soak.sharer import sharer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.soak.checker import Delivered, Findings
    from tests.faults.soak.sharer import Sharer
    from tests.faults.soak.system import System

TILE = 256 * 256  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an organization allows itself in a window, where it limits itself."""

    time_zone: str = "UTC"
    room: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """For each unit how much more than was used before, and the least that one request uses of it."""


PLANS = (
    Plan(),
    Plan(room={"renders": (50, 1), "queries": (8, 1)}),
    Plan(time_zone="Pacific/Kiritimati", room={"pixels": (60 * TILE + 1000, TILE)}),
)


@dataclass(slots=True, kw_only=True)
class Party:
    """An organization, and what is known of it."""

    sharer: Sharer
    links: dict[str, list[str]]
    """Paths with a key inside, for each link."""
    books: Books
    plan: Plan
    checker: Checker = field(default_factory=Checker)
    budgets: list[Budget] = field(default_factory=list)
    """Those that stand now."""

    async def limit(self, *, is_limited: bool) -> None:
        """Set the budgets for a window, or lift them."""
        used = (await self.books.redis()).used()
        self.budgets = [
            Budget(unit=unit, limit=used[unit] + room, least=least) for unit, (room, least) in self.plan.room.items()
        ]
        if not is_limited:
            self.budgets = []
        limits = {f"max_{budget.unit}": budget.limit for budget in self.budgets}
        await self.sharer.set_budget(**limits, time_zone=self.plan.time_zone)

    async def look(self, delivered: Mapping[str, Delivered], patience: float) -> Findings:
        """Return the findings of the window that ends here."""
        own = {name: tally for name, tally in delivered.items() if name.split()[0] in self.links}
        counted = await self.books.counted(self.checker, own, patience)
        return self.checker.look(own, counted, self.budgets)

    async def close(self) -> list[str]:
        """Return what is wrong in the books at the end."""
        settled, redis, ledger = await self.books.settled(), await self.books.redis(), await self.books.ledger()
        notes = [] if settled else [f"the ledger says {ledger}, Redis {redis}"]
        if (said := await self.sharer.answers()) != redis.organization:
            notes.append(f"usage.current says {said}, Redis {redis.organization}")
        return notes


async def party_of(system: System, name: str, links: int, plan: Plan) -> Party:
    """Return an organization with some links."""
    sharer = await sharer_of(system, name)
    item = await sharer.add_item()
    shared = dict([await sharer.share(item) for _ in range(links)])
    return Party(sharer=sharer, links=shared, books=Books(system, sharer.organization_id), plan=plan)
