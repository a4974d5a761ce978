"""What waits to be counted, and how it is put together for one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.metering.charges import NO_CAPS, Charge, Verdict
from service.metering.usage import Units

if TYPE_CHECKING:
    import asyncio

    from service.metering.book import Book


@dataclass(slots=True)
class Waiting:
    """A charge, and who waits for its verdict."""

    charge: Charge
    verdict: asyncio.Future[Verdict]
    alone: bool = False
    """Whether it is judged by itself: some of those beside it may still be within the budget."""


@dataclass(slots=True)
class Item:
    """One argument of `meter.lua`, and all who wait for its verdict."""

    charge: Charge
    waiting: list[Waiting]

    def answer(self, verdict: Verdict) -> None:
        """Give those who still wait their verdict."""
        for waiting in self.waiting:
            if not waiting.verdict.done():
                waiting.verdict.set_result(verdict)


@dataclass(slots=True)
class Batch:
    """Sent charges whose verdicts are not known yet; sent again under the same number.

    Once all who waited have been refused, it is given up: sent again without its items, so that it
    counts nothing where Redis never saw it.
    """

    book: Book
    day: str
    items: list[Item]
    given_up: bool = False

    def arguments(self) -> list[str]:
        """Return the items as `meter.lua` reads them."""
        return [] if self.given_up else [item.charge.item() for item in self.items]


def together(waiting: list[Waiting], *, apart: bool) -> list[Item]:
    """Return what is sent: one item for all charges of a link that has no limits, as they have the same verdict.

    Where there is a limit each charge is judged by itself: some of them may still be within it. So they are where they
    are sent `apart`, as the budget is short.
    """
    items, unlimited = list[Item](), dict[tuple[str, int], list[Waiting]]()
    for one in waiting:
        if apart or one.alone or one.charge.caps != NO_CAPS:
            items.append(Item(one.charge, [one]))
        else:
            unlimited.setdefault((one.charge.link_id, one.charge.version), []).append(one)
    for alike in unlimited.values():
        units = Units.total(one.charge.units for one in alike)
        items.append(Item(alike[0].charge._replace(units=units), alike))
    return items
