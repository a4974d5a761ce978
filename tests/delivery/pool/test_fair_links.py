"""The queue discipline alone, with a made-up clock: who gets threads, who gets places, and that none is lost."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.delivery.pool import flows
from service.delivery.pool.fair_queue import FairQueue
from service.delivery.pool.flows import Flows, Place
from service.identifiers import OURS, Flow

if TYPE_CHECKING:
    from collections.abc import Sequence

A, B, C = Flow("org_a", "lnk_a"), Flow("org_b", "lnk_b"), Flow("org_c", "lnk_c")
WAIT = 3.0


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Clients of one flow, each of which asks for one render after the other; who is refused asks again at once."""

    flow: Flow
    clients: int
    cost: float
    """Seconds of a render."""
    begins: float = 0.0
    retry: float = 0.1
    pause: float = 0.0
    """Seconds from an answer to the next request."""


@dataclass(slots=True)
class Simulation:
    """Plays some seconds of crowds that ask for renders."""

    crowds: Sequence[Crowd]
    threads: int = 2
    places: int = 128
    served: Counter[Flow] = field(default_factory=Counter)
    seconds: Counter[Flow] = field(default_factory=Counter)
    refused: Counter[Flow] = field(default_factory=Counter)
    longest: dict[Flow, float] = field(default_factory=dict)
    """How long somebody waited for a thread."""

    def run(self, until: float) -> Simulation:
        queue = FairQueue(threads=self.threads, places=self.places, wait=WAIT)
        events: list[tuple[float, int, Crowd, Place | None]] = []
        count = 0

        def later(moment: float, crowd: Crowd, place: Place | None) -> None:
            nonlocal count
            heapq.heappush(events, (moment, count := count + 1, crowd, place))

        def refuse(place: Place) -> None:
            self.refused[place.flow] += 1
            later(now + places[place].retry, places[place], None)

        places: dict[Place, Crowd] = {}
        for crowd in self.crowds:
            for _ in range(crowd.clients):
                later(crowd.begins, crowd, None)
        while events and events[0][0] < until:
            now, _, crowd, ended = heapq.heappop(events)
            if ended is not None:
                queue.end(ended, crowd.cost)
                self.served[crowd.flow] += 1
                self.seconds[crowd.flow] += crowd.cost
                later(now + crowd.pause, crowd, None)
            elif queue.refuses(crowd.flow):
                places[place := Place(crowd.flow)] = crowd
                refuse(place)
            else:
                places[place := Place(crowd.flow)] = crowd
                queue.enter(place, now)
                out = queue.pushed_out(place)
                if out is not None:
                    refuse(out)
            while (taken := queue.take(now)) is not None:
                flow = taken.flow
                self.longest[flow] = max(self.longest.get(flow, 0.0), now - taken.since)
                later(now + places[taken].cost, places[taken], taken)
        return self


def test_two_hundred_who_retry_at_once_take_nothing_from_a_link_within_its_share() -> None:
    crowd, map_user = Crowd(flow=A, clients=200, cost=0.02), Crowd(flow=B, clients=4, cost=0.02)
    alone = Simulation([map_user]).run(20).served[B]
    both = Simulation([crowd, map_user]).run(20)
    assert both.served[B] >= 0.6 * alone
    assert both.refused[B] == 0
    assert both.longest[B] <= 0.1
    assert both.served[A] + both.served[B] >= 0.99 * alone


@pytest.mark.parametrize("clients", [30, 200, 400])
@pytest.mark.parametrize("cost", [0.02, 0.1], ids=["like renders", "the crowd's take longer"])
@pytest.mark.parametrize("same_organization", [True, False], ids=["one organization", "two"])
def test_who_waits_for_answers_before_asking_again_finds_a_thread_free_beside_a_crowd(
    clients: int, cost: float, *, same_organization: bool
) -> None:
    other = Flow("org_a", "lnk_2") if same_organization else B
    crowd = Crowd(flow=A, clients=clients, cost=cost, pause=0.03)
    map_user = Crowd(flow=other, clients=3, cost=0.02, pause=0.03)
    alone = Simulation([map_user]).run(20).served[other]
    both = Simulation([crowd, map_user]).run(20)
    assert both.served[other] >= 0.9 * alone
    assert both.seconds[A] + both.seconds[other] >= 0.8 * 2 * 20


def test_a_crowd_has_all_threads_once_nobody_else_asks() -> None:
    map_user = Crowd(flow=B, clients=1, cost=0.02, pause=1000)
    assert Simulation([map_user, Crowd(flow=A, clients=200, cost=0.02)]).run(20).seconds[A] >= 0.99 * 2 * 20


def test_a_slow_raster_gets_no_more_seconds_than_a_quick_one() -> None:
    both = Simulation([Crowd(flow=A, clients=30, cost=0.5), Crowd(flow=B, clients=30, cost=0.01)]).run(60)
    assert both.seconds[A] == pytest.approx(both.seconds[B], rel=0.1)


def test_threads_are_shared_between_organizations_before_their_links() -> None:
    many = [Crowd(flow=Flow("org_a", f"lnk_{n}"), clients=5, cost=0.02) for n in range(20)]
    all_of_them = Simulation([*many, Crowd(flow=B, clients=20, cost=0.02)], places=1000).run(20)
    assert all_of_them.seconds[B] == pytest.approx(20, rel=0.05)
    shares = [all_of_them.seconds[crowd.flow] for crowd in many]
    assert max(shares) == pytest.approx(min(shares), rel=0.1)


def test_time_that_was_not_used_is_not_saved_up() -> None:
    late = Simulation([Crowd(flow=A, clients=20, cost=0.02), Crowd(flow=B, clients=20, cost=0.02, begins=30)]).run(40)
    assert late.seconds[B] == pytest.approx(10, rel=0.05)


def test_slow_renders_leave_a_thread_to_quick_ones() -> None:
    slow = [Crowd(flow=Flow(f"org_{n}", f"lnk_{n}"), clients=20, cost=8) for n in range(3)]
    both = Simulation([*slow, Crowd(flow=B, clients=4, cost=0.02, begins=50)]).run(70)
    assert both.longest[B] <= 0.1
    assert both.refused[B] == 0


def test_quick_renders_of_one_link_may_fill_all_threads() -> None:
    assert Simulation([Crowd(flow=A, clients=20, cost=0.02)], threads=4).run(20).seconds[A] >= 0.98 * 80


def test_a_new_slow_link_takes_one_thread_until_it_is_known() -> None:
    both = Simulation([Crowd(flow=A, clients=20, cost=8), Crowd(flow=B, clients=4, cost=0.02, begins=1)]).run(30)
    assert both.longest[B] <= 0.1


def filled(*counts: tuple[Flow, int], places: int = 8) -> tuple[FairQueue, list[Place]]:
    """A queue whose one thread is busy, and in which some flows wait."""
    queue = FairQueue(threads=1, places=places, wait=WAIT)
    queue.enter(Place(OURS), 0)
    assert queue.take(0)
    waiting = [Place(flow) for flow, count in counts for _ in range(count)]
    for place in waiting:
        queue.enter(place, 0)
        assert queue.pushed_out(place) is None
    return queue, waiting


def test_one_flow_alone_may_have_all_places_and_no_more() -> None:
    queue, _ = filled((A, 8))
    assert queue.refuses(A)
    assert not queue.refuses(B)


@pytest.mark.parametrize(
    ("counts", "newcomer", "loser"),
    [
        pytest.param([(A, 8)], B, A, id="a new organization"),
        pytest.param([(A, 6), (B, 2)], B, A, id="the fattest organization"),
        pytest.param([(A, 8)], Flow("org_a", "lnk_2"), A, id="a new link of the same organization"),
        pytest.param([(A, 3), (Flow("org_a", "lnk_2"), 2), (B, 3)], B, A, id="the fattest link of the fattest"),
    ],
)
def test_who_has_too_many_places_loses_its_newest(counts: list[tuple[Flow, int]], newcomer: Flow, loser: Flow) -> None:
    queue, waiting = filled(*counts)
    assert not queue.refuses(newcomer)
    place = Place(newcomer)
    queue.enter(place, 0.1)
    assert queue.pushed_out(place) is [one for one in waiting if one.flow == loser][-1]
    assert queue.waiting == 8


@pytest.mark.parametrize("counts", [[(A, 4), (B, 4)], [(A, 6), (B, 2)], [(A, 3), (B, 3), (C, 2)]])
def test_who_has_its_share_is_refused_and_nobody_else_loses_a_place(counts: list[tuple[Flow, int]]) -> None:
    queue, _ = filled(*counts)
    assert queue.refuses(A)


def test_late_the_oldest_of_the_fattest_is_pushed_out_since_it_would_be_served_last() -> None:
    queue, waiting = filled((A, 8))
    place = Place(B)
    queue.enter(place, 0.9 * WAIT)
    assert queue.pushed_out(place) is waiting[0]


def test_what_a_lighter_flow_wants_too_takes_its_turn_and_is_its_charge() -> None:
    queue = FairQueue(threads=1, places=8, wait=WAIT)
    for _ in range(5):  # A has had much
        queue.enter(Place(A), 0)
        taken = queue.take(0)
        assert taken
        queue.end(taken, 1.0)
    queue.enter(Place(B), 0)
    running = queue.take(0)
    assert running
    waiting = [Place(A) for _ in range(4)]
    for place in waiting:
        queue.enter(place, 0)
    queue.move(waiting[3], B, if_sooner=True)
    queue.end(running, 0.1)
    assert queue.take(0) is waiting[3]
    assert waiting[3].flow == B
    queue.move(waiting[2], B)
    assert waiting[2].flow == B
    queue.move(waiting[2], A, if_sooner=True)  # whose turn is later
    assert waiting[2].flow == B


def test_what_is_kept_of_flows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MOST_LINKS", 10)
    known = Flows()
    busy = known.of(A, 0)
    busy.running = 1
    for number in range(200):
        known.of(Flow(f"org_{number % 30}", f"lnk_{number}"), 0)
    assert len(known) <= 11
    assert known.of(A, 0) is busy


COSTS = st.floats(0.001, 1.0)


@settings(max_examples=30, deadline=None)
@given(
    costs=st.lists(COSTS, min_size=2, max_size=5),
    threads=st.integers(1, 4),
    same_organization=st.booleans(),
)
def test_who_has_work_waiting_gets_its_share_over_any_window(
    costs: list[float], threads: int, *, same_organization: bool
) -> None:
    """Start-time fairness: what two flows that always have work get differs by no more than some of their renders."""
    names = [Flow("org" if same_organization else f"org_{n}", f"lnk_{n}") for n in range(len(costs))]
    queue = FairQueue(threads=threads, places=1000, wait=WAIT)
    running: list[tuple[float, int, Place]] = []
    had = dict.fromkeys(names, 0.0)
    apart: dict[tuple[Flow, Flow], list[float]] = {(one, other): [] for one in names for other in names}
    for name in names:
        for _ in range(threads + 1):
            queue.enter(Place(name), 0.0)
    now = 0.0
    for count in range(300):
        while (taken := queue.take(now)) is not None:
            heapq.heappush(running, (now + costs[names.index(taken.flow)], count, taken))
            count += 1000  # noqa: PLW2901  (only keeps what ends at once apart)
        now, _, ended = heapq.heappop(running)
        cost = costs[names.index(ended.flow)]
        queue.end(ended, cost)
        had[ended.flow] += cost
        queue.enter(Place(ended.flow), now)
        for (one, other), lead in apart.items():
            lead.append(had[one] - had[other])
    most = 4 * (threads + 1) * max(costs)
    assert max(max(lead) - min(lead) for lead in apart.values()) <= most


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "ask", "end", "leave", "move", "undo"]),
        st.integers(0, 4),
        st.integers(0, 10**6),
        st.floats(0, 4),
    ),
    max_size=120,
)


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, threads=st.integers(1, 3), places=st.integers(0, 6))
def test_whatever_happens_counts_balance_and_nobody_waits_beside_a_free_thread(
    steps: list[tuple[str, int, int, float]], threads: int, places: int
) -> None:
    names = [A, B, Flow("org_a", "lnk_2"), C, OURS]
    queue = FairQueue(threads=threads, places=places, wait=WAIT)
    waiting, running, now = list[Place](), list[Place](), 0.0
    for what, who, which, seconds in steps:
        now += seconds
        if what == "ask" and not queue.refuses(names[who]):
            place = Place(names[who])
            queue.enter(place, now)
            waiting.append(place)
            let_in(queue, waiting, running, now)
            out = queue.pushed_out(place)
            if out is not None:
                waiting.remove(out)
        elif what in {"end", "undo"} and running:
            queue.end(running.pop(which % len(running)), seconds if what == "end" else None)
        elif what == "leave" and waiting:
            assert queue.leave(waiting.pop(which % len(waiting)))
        elif what == "move" and waiting:
            queue.move(waiting[which % len(waiting)], names[who], if_sooner=which % 2 == 0)
        let_in(queue, waiting, running, now)
        assert queue.waiting == len(waiting) <= places
        assert queue.free == threads - len(running)
        if queue.free and waiting:  # only what may take long has to wait
            assert any(place.is_slow for place in running)
            assert OURS not in {place.flow for place in waiting}
    while running:
        queue.end(running.pop(), 0.1)
        let_in(queue, waiting, running, now)
    assert (queue.waiting, queue.free, waiting) == (0, threads, [])


def let_in(queue: FairQueue, waiting: list[Place], running: list[Place], now: float) -> None:
    while (taken := queue.take(now)) is not None:
        waiting.remove(taken)
        running.append(taken)
