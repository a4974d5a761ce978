"""The pool of open handles: who gets which, how many are open, and what a failure does."""

import gc
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tiling.source.handles import Handles

MAX_OPEN, MAX_IDLE = 4, 2


class Harmless(Exception):
    """Says nothing against a handle."""


class Opened:
    """A handle that notices when two use it at once, or one after its end."""

    def __init__(self, source: str) -> None:
        if source == "missing":
            raise FileNotFoundError(source)
        self.source = source
        self.closed = False
        self.users = 0

    def use(self) -> None:
        assert not self.closed
        self.users += 1
        assert self.users == 1
        self.users -= 1

    def close(self) -> None:
        assert not self.closed
        self.closed = True


def pool() -> Handles[str, Opened]:
    return Handles(
        Opened, max_open=MAX_OPEN, max_idle=MAX_IDLE, is_harmless=lambda failure: isinstance(failure, Harmless)
    )


def test_the_handle_given_back_last_is_lent_first() -> None:
    handles = pool()
    with handles.borrow("a") as first, handles.borrow("a") as second:
        assert first is not second
    with handles.borrow("a") as again:
        assert again is first  # the outer one, given back last


def test_another_thread_is_lent_what_this_one_gave_back() -> None:
    handles = pool()
    with handles.borrow("a") as mine:
        pass

    def theirs() -> Opened:
        with handles.borrow("a") as handle:
            return handle

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(theirs).result() is mine


def test_the_least_recently_used_closes_when_too_many_are_open() -> None:
    handles, seen = pool(), {}
    for source in "abcdae":
        with handles.borrow(source) as handle:
            seen[source] = handle
    assert {source for source, handle in seen.items() if handle.closed} == {"b"}
    assert len(handles) == MAX_OPEN


def test_no_more_of_a_source_lie_idle_than_allowed() -> None:
    handles = pool()
    with ExitStack() as stack:
        lent = [stack.enter_context(handles.borrow("a")) for _ in range(3)]
    assert sum(not handle.closed for handle in lent) == MAX_IDLE == len(handles)


def test_a_failure_closes_the_handle_and_the_idle_ones_of_its_source() -> None:
    handles = pool()
    with handles.borrow("a") as first, handles.borrow("a") as second, handles.borrow("b") as other:
        pass
    with pytest.raises(OSError, match="damaged"), handles.borrow("a"):
        raise OSError("damaged")
    assert first.closed
    assert second.closed
    assert not other.closed
    assert len(handles) == 1


def test_a_harmless_failure_keeps_it() -> None:
    handles = pool()
    with pytest.raises(Harmless), handles.borrow("a") as handle:
        raise Harmless
    with handles.borrow("a") as again:
        assert again is handle


def test_what_cannot_be_opened_counts_as_nothing() -> None:
    handles = pool()
    with pytest.raises(FileNotFoundError), handles.borrow("missing"):
        pytest.fail("it was lent")
    assert len(handles) == 0


def test_a_borrower_that_became_garbage_gives_its_handle_up() -> None:
    handles = pool()
    forgotten = handles.borrow("a")
    handle = forgotten.__enter__()
    del forgotten
    gc.collect()
    assert handle.closed
    assert len(handles) == 0


def test_no_two_threads_ever_use_a_handle_at_once() -> None:
    handles, start = pool(), threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for step in range(300):
            source = "abcdef"[(number * 7 + step * 5) % 6]
            with handles.borrow(source) as handle:
                assert handle.source == source
                handle.use()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert len(handles) <= MAX_OPEN


class Borrowing(RuleBasedStateMachine):
    """Any order of borrowing, giving back and failing keeps the bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.handles = pool()
        self.lent: list[tuple[AbstractContextManager[Opened], Opened]] = []

    @rule(source=st.sampled_from("abc"))
    def borrow(self, source: str) -> None:
        context = self.handles.borrow(source)
        self.lent.append((context, context.__enter__()))

    @rule(data=st.data(), failure=st.sampled_from([None, Harmless(), OSError()]))
    def give_back(self, data: st.DataObject, failure: Exception | None) -> None:
        if not self.lent:
            return
        context, handle = self.lent.pop(data.draw(st.integers(0, len(self.lent) - 1)))
        if failure is None:
            context.__exit__(None, None, None)
        else:
            assert not context.__exit__(type(failure), failure, None)
            assert handle.closed or isinstance(failure, Harmless)

    @rule(source=st.sampled_from("abc"))
    def discard(self, source: str) -> None:
        self.handles.discard(source)

    @invariant()
    def what_is_lent_is_open_and_lent_once(self) -> None:
        assert not any(handle.closed for _, handle in self.lent)
        assert all(count == 1 for count in Counter(id(handle) for _, handle in self.lent).values())

    @invariant()
    def not_too_many_are_open(self) -> None:
        assert len(self.lent) <= len(self.handles) <= max(MAX_OPEN, len(self.lent))


TestBorrowing = Borrowing.TestCase


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_one_borrower_at_a_time_opens_each_source_once_while_it_is_kept(order: list[str]) -> None:
    opened: Counter[str] = Counter()

    def open_handle(source: str) -> Opened:
        opened[source] += 1
        return Opened(source)

    handles = Handles(open_handle, max_open=8, max_idle=1, is_harmless=lambda _: False)
    for source in order:
        with handles.borrow(source) as handle:
            handle.use()
    assert set(opened.values()) <= {1}
