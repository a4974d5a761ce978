"""The checker: compares what clients got with what was counted. It shares no code with the service.

It is looked at after each window: a stretch of load with a fault in it, at whose end nothing is in flight. So a count
too many in one window cannot hide behind one too few, or behind an uncertain request, of another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUERIES = " queries"
"""After a link's id: its questions for values, which are looked at as if they were tiles of a link of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What clients say of a link."""

    tiles: int = 0
    """Their whole bodies arrived, metered."""
    bytes: int = 0
    pixels: int = 0
    uncertain: int = 0
    """Requests that ended otherwise than with an answer that says whether it was counted."""
    exhausted: int = 0
    """Requests that were refused as the organization's budget was used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the meter says of a link."""

    tiles: int = 0
    bytes: int = 0
    pixels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the meter says at one moment."""

    links: Mapping[str, Counted]
    organization: int
    """Tiles of all links together, counted apart from them."""
    months: Mapping[str, int] | None = None
    """What was used of budgets in all months together, counted apart from the links; None where it is not told."""

    def used(self) -> dict[str, int]:
        """Return what the links used of each unit that may have a budget."""
        queries = {link: counted for link, counted in self.links.items() if link.endswith(QUERIES)}
        tiles = [counted for link, counted in self.links.items() if link not in queries]
        return {
            "renders": sum(link.tiles for link in tiles),
            "pixels": sum(link.pixels for link in tiles),
            "bytes": sum(link.bytes for link in tiles),
            "queries": sum(link.tiles for link in queries.values()),
        }

    def tiles(self) -> dict[str, int]:
        """Return the tiles of each link that has some."""
        return {link: counted.tiles for link, counted in self.links.items() if counted.tiles}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong, added up over links."""

    tiles: int = 0
    lost: int = 0
    """Delivered and not counted."""
    double: int = 0
    """Counted more than delivered, beyond all that may have been counted without being delivered."""
    phantoms: int = 0
    """Counted and not delivered, of those that may have been."""
    uncertain: int = 0
    crooked: int = 0
    """Links with the right number of tiles and the wrong number of bytes or pixels, and organizations and their months
    that are not the sum of their links."""
    over: int = 0
    """Budgets of which more was used than they are."""
    short: int = 0
    """Budgets that refused what they still had left."""
    exhausted: int = 0
    """Requests that budgets refused."""

    def __add__(self, other: Findings) -> Findings:
        return Findings(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})

    @property
    def is_right(self) -> bool:
        """Whether each delivered tile was counted exactly once."""
        return self.lost == self.double == self.crooked == self.over == self.short == 0

    def bounded(self, in_flight: int) -> Findings:
        """Return the same, where only so many requests may have been counted without being delivered."""
        beyond = max(0, self.phantoms - in_flight)
        return self + Findings(double=beyond, phantoms=-beyond)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit that stands while a window lasts."""

    unit: str
    limit: int
    least: int
    """The least that one request uses of it."""

    def look(self, used: int, refused: int) -> Findings:
        """Return what is wrong with it, where so much was used and so many requests were refused."""
        has_left = used + self.least <= self.limit
        return Findings(over=int(used > self.limit), short=int(refused > 0 and has_left))


@dataclass(slots=True)
class Checker:
    """Remembers where each link stood at the end of the last window."""

    delivered: dict[str, Delivered] = field(default_factory=dict)
    counted: dict[str, Counted] = field(default_factory=dict)

    def misses(self, delivered: Mapping[str, Delivered], reading: Reading) -> bool:
        """Whether a tile of this window is not counted yet."""
        return any(self._too_many(link, tally, reading) < 0 for link, tally in delivered.items())

    def look(self, delivered: Mapping[str, Delivered], reading: Reading, budgets: Sequence[Budget] = ()) -> Findings:
        """Return the findings of the window that ends here, and begin the next one. `budgets`: those that stood."""
        used = reading.used()
        found = Findings(crooked=int(reading.organization != sum(link.tiles for link in reading.links.values())))
        found += Findings(crooked=int(reading.months is not None and reading.months != used))
        for link in sorted(delivered):
            found += self._findings(link, delivered[link], reading)
        for budget in budgets:
            refused = self._exhausted(delivered, queries=budget.unit == "queries")
            found += budget.look(used[budget.unit], refused)
        self.delivered, self.counted = dict(delivered), dict(reading.links)
        return found

    def _exhausted(self, delivered: Mapping[str, Delivered], *, queries: bool) -> int:
        """Return how many tiles, or queries, budgets have refused in this window."""
        return sum(
            tally.exhausted - self.delivered.get(link, Delivered()).exhausted
            for link, tally in delivered.items()
            if link.endswith(QUERIES) is queries
        )

    def _too_many(self, link: str, delivered: Delivered, reading: Reading) -> int:
        """Return how many more tiles of a link were counted than delivered in this window."""
        was_delivered, was_counted = self.delivered.get(link, Delivered()), self.counted.get(link, Counted())
        counted = reading.links.get(link, Counted())
        return (counted.tiles - was_counted.tiles) - (delivered.tiles - was_delivered.tiles)

    def _findings(self, link: str, delivered: Delivered, reading: Reading) -> Findings:
        before, was = self.delivered.get(link, Delivered()), self.counted.get(link, Counted())
        too_many = self._too_many(link, delivered, reading)
        uncertain = delivered.uncertain - before.uncertain
        counted = reading.links.get(link, Counted())
        bytes_too_many = (counted.bytes - was.bytes) - (delivered.bytes - before.bytes)
        pixels_too_many = (counted.pixels - was.pixels) - (delivered.pixels - before.pixels)
        return Findings(
            tiles=delivered.tiles - before.tiles,
            lost=max(0, -too_many),
            double=max(0, too_many - uncertain),
            phantoms=max(0, min(too_many, uncertain)),
            uncertain=uncertain,
            crooked=int(too_many == 0 and (bytes_too_many != 0 or pixels_too_many != 0)),
            exhausted=delivered.exhausted - before.exhausted,
        )
