"""Whose turn it is: threads are shared between organizations, and what an organization has between its links.

Start-time fair queueing (Goyal, Vin, Cheng 1996) on two levels: each organization and each link has a clock that runs
by the seconds that its work took in threads, and the one whose clock is furthest behind is next. Who comes back after a
pause starts where the others are: time that was not used is not saved up. Deficit round robin would do the same at the
same cost, but has to turn for long where a render cost far more than a round gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.delivery.pool.flows import Flows, Recent, rank, weight
from service.identifiers import OURS

if TYPE_CHECKING:
    from service.delivery.pool.flows import LinkState, Place
    from service.identifiers import Flow

LATE = 0.75
"""The part of the longest wait after which a flow's newest goes first."""
QUICK = 0.5
"""The part of the longest wait that renders may take which may fill all threads."""

GUESS = 0.05
"""Seconds that a link's first render is taken for until it ends."""
CROWD = 8
"""Renders that only a crowd has waiting, for each thread."""
CROWD_PACE = 2.0
"""How much faster its clock runs: it gets half of what a link that asks for its share gets, and not the same."""


class FairQueue:
    """What waits for `threads` threads: up to `places`, and each up to `wait` seconds, by which only the order changes.

    It knows no clock and no threads: the moment is an argument (seconds), and whoever is taken must be ended. Each step
    takes a constant time, but for a look at the flows that wait, of which there are at most `places`.
    """

    def __init__(self, *, threads: int, places: int, wait: float) -> None:
        self.free = threads
        """Threads that have no work."""
        self.waiting = 0
        self._threads, self._places = threads, places
        self._late, self._quick = wait * LATE, wait * QUICK
        self._clock = 0.0
        self._flows = Flows()
        self._active: dict[Flow, LinkState] = {}
        """Those for which something waits."""
        self._recent = Recent()
        self._waiting_organizations = 0
        self._slow, self._most_slow = 0, max(1, threads - 1)
        """Of the renders that may take long: how many there are in threads, and may be."""

    def refuses(self, flow: Flow) -> bool:
        """Whether there is no place for more work of a flow: all are taken, and its share of them too.

        A flow alone may have all places. Others share them: between organizations, then between their links.
        """
        if self.free > 0 or self.waiting < self._places:
            return False
        organization, link = self._flows.organization(flow), self._active.get(flow)
        waiting = organization.waiting if organization else 0
        if waiting < self._places / (self._waiting_organizations + (waiting == 0)):
            return False
        links = organization.waiting_links if organization else 0
        return (len(link.waiting) if link else 0) >= waiting / (links + (link is None))

    def enter(self, place: Place, now: float) -> None:
        """Have a place wait, also where there is no room: `pushed_out` must follow."""
        place.since = now
        self._append(place, self._flows.of(place.flow, self._clock))

    def pushed_out(self, newcomer: Place) -> Place | None:
        """Return who has to leave, where there are too many: of the flow that has the most places, the last in turn.

        Where it is the newcomer's flow, or it has as many, it is the newcomer.
        """
        if self.waiting <= self._places:
            return None
        mine = self._flows.known(newcomer.flow)
        fattest = max(self._active.values(), key=lambda link: weight(link, mine))
        place = newcomer
        if fattest is not mine or newcomer not in mine.waiting:
            place = fattest.served_last(newcomer.since, self._late)
        self.leave(place)
        return place

    def take(self, now: float) -> Place | None:
        """Return whose turn it is, and count it as running; None: nobody's."""
        if self.free == 0 or not self._active:
            return None
        link = min((link for link in self._active.values() if self._may_start(link, now)), key=rank, default=None)
        if link is None:
            return None
        place = link.served_first(now, self._late)
        self._clock = max(self._clock, link.organization.clock)
        link.organization.links_clock = max(link.organization.links_clock, link.clock)
        self._remove(place, link)
        place.is_running, place.is_slow = True, not self._is_quick(link)
        place.began, place.assumed = now, GUESS if link.expected is None else link.expected
        place.pace = self._pace(len(link.waiting)), self._pace(link.organization.waiting)
        self._slow += place.is_slow
        self._run(place, link, 1, place.assumed)
        return place

    def end(self, place: Place, seconds: float | None) -> None:
        """Take back a thread that was in use for so long; None: it was not used."""
        link, place.is_running = self._flows.known(place.flow), False
        self._slow -= place.is_slow
        self._run(place, link, -1, (seconds or 0.0) - place.assumed)
        if seconds is not None and place.flow != OURS:
            link.learn(seconds)
            self._recent.note(link, place.began + seconds)

    def leave(self, place: Place) -> bool:
        """Have somebody wait no longer; return whether they did."""
        link = self._active.get(place.flow)
        if link is None or place not in link.waiting:
            return False
        self._remove(place, link)
        return True

    def move(self, place: Place, flow: Flow, *, if_sooner: bool = False) -> None:
        """Have what waits be another flow's; `if_sooner`: where that one's turn is before."""
        link = self._active.get(place.flow)
        if flow == place.flow or link is None or place not in link.waiting:
            return
        other = self._flows.of(flow, self._clock)
        self._catch_up(other)
        if if_sooner and rank(other) >= rank(link):
            return
        self._remove(place, link)
        place.flow = flow
        self._append(place, other)

    def _may_start(self, link: LinkState, now: float) -> bool:
        """Whether a link may have a thread: one is not for links whose renders take long.

        So nobody who asks for something quick has to wait until somebody's slow renders end. A new link shows with one
        render what its others will take.
        """
        if link.expected is None:
            return link.running == 0
        if self._leaves_a_thread(link, now):
            return False
        return self._slow < self._most_slow or self._is_quick(link)

    def _leaves_a_thread(self, link: LinkState, now: float) -> bool:
        """Whether a link is a crowd, and the last free thread is for another one whose turn is before.

        Only beside a thread that is at work: when that ends, it is looked at again.
        """
        if self.free > 1 or self.free == self._threads or self._pace(len(link.waiting)) == 1:
            return False
        return any(self._rank_on_return(other) < rank(link) for other in self._recent.expected(now))

    def _is_quick(self, link: LinkState) -> bool:
        return link.expected is not None and link.expected <= self._quick

    def _append(self, place: Place, link: LinkState) -> None:
        organization = link.organization
        if not link.waiting:
            self._catch_up(link)
            self._active[place.flow] = link
            organization.waiting_links += 1
        self._waiting_organizations += organization.waiting == 0
        link.waiting[place] = None
        organization.waiting += 1
        self.waiting += 1

    def _remove(self, place: Place, link: LinkState) -> None:
        organization = link.organization
        del link.waiting[place]
        if not link.waiting:
            del self._active[place.flow]
            organization.waiting_links -= 1
        organization.waiting -= 1
        self._waiting_organizations -= organization.waiting == 0
        self.waiting -= 1

    def _pace(self, waiting: int) -> float:
        """Return how fast the clock of who has so many places runs."""
        return CROWD_PACE if waiting > self._threads * CROWD else 1.0

    def _run(self, place: Place, link: LinkState, count: int, seconds: float) -> None:
        self.free -= count
        link.running += count
        link.clock += seconds * place.pace[0]
        link.organization.clock += seconds * place.pace[1]

    def _catch_up(self, link: LinkState) -> None:
        """Take from who has waited for nothing what it has not used meanwhile."""
        if not link.waiting:
            link.organization.clock, link.clock = self._rank_on_return(link)

    def _rank_on_return(self, link: LinkState) -> tuple[float, float]:
        """Return the rank that a link for which nothing waits has once it asks for something."""
        organization = link.organization
        clock = organization.clock if organization.waiting else max(organization.clock, self._clock)
        return clock, max(link.clock, organization.links_clock)
