"""A dictionary that forgets what was not used for longest."""

from __future__ import annotations

from service.recently_used import RecentlyUsed


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    memory = RecentlyUsed[str, int](2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.find("a") == 1
    memory.keep("c", 3)
    assert list(memory) == ["a", "c"]
    assert memory.find("b") is None


def test_a_value_that_is_kept_anew_takes_no_other_room() -> None:
    memory = RecentlyUsed[str, int](2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    memory.keep("a", 3)
    assert list(memory.items()) == [("b", 2), ("a", 3)]


def test_nothing_is_kept_where_there_is_no_room() -> None:
    memory = RecentlyUsed[str, int](0)
    memory.keep("a", 1)
    assert not memory
