"""What is known of the flows that ask for renders: how much they used, what waits for them, what to expect of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.identifiers import OURS, Flow

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

FORGETTING = 0.25
"""By how much of the difference what is expected of a link's renders comes down to a quicker one."""
PAUSE = 0.05
"""Seconds within which a link for which nothing waits any more will likely ask again."""
MOST_LINKS = 1024
"""Links whose use is remembered, besides those that have work here."""


@dataclass(slots=True, eq=False)
class Place:
    """Work of a flow: not yet here, waiting for a thread, in one, or done."""

    flow: Flow
    since: float = 0.0
    """Seconds: when it began to wait."""
    turn: asyncio.Future[None] | None = None
    """Done when there is a thread for it, or never will be."""
    began: float = 0.0
    """Seconds: when it had its thread."""
    assumed: float = 0.0
    """Seconds that its flow was charged in advance."""
    pace: tuple[float, float] = (1.0, 1.0)
    """How many seconds on the clocks of its link and its organization a second in a thread is."""
    is_running: bool = False
    is_slow: bool = False
    """Whether it may take long in its thread."""


@dataclass(slots=True, eq=False)
class OrganizationState:
    """What an organization has waiting, and has used."""

    clock: float
    """Seconds in threads."""
    links_clock: float = 0.0
    """Where the clock of its link that was served last stood."""
    waiting: int = 0
    waiting_links: int = 0
    links: int = 0


@dataclass(slots=True, eq=False)
class LinkState:
    """What a link has waiting, and has used."""

    organization: OrganizationState
    clock: float
    """Seconds in threads."""
    expected: float | None = None
    """Seconds that a render of it takes: rather too many; None before the first has ended."""
    running: int = 0
    waiting: OrderedDict[Place, None] = field(default_factory=OrderedDict)
    """In the order in which they came."""

    def served_last(self, now: float, late: float) -> Place:
        """Return who would wait for longest: the newest; the oldest, once it has waited for over `late` seconds."""
        oldest = next(iter(self.waiting))
        return oldest if now - oldest.since > late else next(reversed(self.waiting))

    def served_first(self, now: float, late: float) -> Place:
        """Return who is next: the other way round."""
        oldest = next(iter(self.waiting))
        return next(reversed(self.waiting)) if now - oldest.since > late else oldest

    def learn(self, seconds: float) -> None:
        """Expect as much as a render took: more at once, less by and by."""
        lower = seconds if self.expected is None else self.expected + FORGETTING * (seconds - self.expected)
        self.expected = max(seconds, lower)


class Flows:
    """The state of flows, within a bound: of those that have no work, the least recent are forgotten."""

    def __init__(self) -> None:
        self._organizations: dict[str, OrganizationState] = {}
        self._links: OrderedDict[Flow, LinkState] = OrderedDict()

    def __len__(self) -> int:
        """Return how many links are known."""
        return len(self._links)

    def organization(self, flow: Flow) -> OrganizationState | None:
        """Return what is known of a flow's organization."""
        return self._organizations.get(flow.organization_id)

    def of(self, flow: Flow, clock: float) -> LinkState:
        """Return the state of a flow's link; an organization that is not known begins at `clock`."""
        link = self._links.get(flow)
        if link is None:
            organization = self._organizations.setdefault(flow.organization_id, OrganizationState(clock))
            organization.links += 1
            link = LinkState(organization, organization.links_clock, 0.0 if flow == OURS else None)
            self._links[flow] = link
            self._forget_idle()
        self._links.move_to_end(flow)
        return link

    def known(self, flow: Flow) -> LinkState:
        """Return the state of a flow that has work, or had some a moment ago."""
        return self._links[flow]

    def _forget_idle(self) -> None:
        """One that has work is looked at again when all others were."""
        while len(self._links) > MOST_LINKS:
            flow, link = self._links.popitem(last=False)
            if link.waiting or link.running:
                self._links[flow] = link
                return
            link.organization.links -= 1
            if link.organization.links == 0:
                del self._organizations[flow.organization_id]


class Recent:
    """Links that had a render a moment ago.

    Clients that wait for an answer before they ask for more leave gaps, in which others would take all there is
    (deceptive idleness: Iyer, Druschel 2001).
    """

    def __init__(self) -> None:
        self._ended: OrderedDict[LinkState, float] = OrderedDict()
        """The moment of its last render, the earliest first."""

    def note(self, link: LinkState, moment: float) -> None:
        """Take note that a render of a link ended."""
        self._ended[link] = moment
        self._ended.move_to_end(link)
        self._forget(moment)

    def expected(self, now: float) -> Iterator[LinkState]:
        """Yield those that likely ask for more, as nothing of them waits."""
        self._forget(now)
        return (link for link in self._ended if not link.waiting)

    def _forget(self, now: float) -> None:
        while self._ended and now - next(iter(self._ended.values())) > PAUSE:
            self._ended.popitem(last=False)


def rank(link: LinkState) -> tuple[float, float]:
    """Of what may have a thread, the least is next."""
    return link.organization.clock, link.clock


def weight(link: LinkState, mine: LinkState) -> tuple[int, bool, int, bool]:
    """Of what waits, the most loses a place first; where it is as much, `mine`."""
    organization = link.organization
    return organization.waiting, organization is mine.organization, len(link.waiting), link is mine
