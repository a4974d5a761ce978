from __future__ import annotations

from collections import Counter

from tests.faults.soak.faults import FAULTS
from tests.faults.soak.losses import LOSING
from tests.faults.soak.plan import plan


def test_a_seed_gives_the_same_faults_again() -> None:
    assert plan(200, seed=7) == plan(200, seed=7)
    assert plan(200, seed=7) != plan(200, seed=8)


def test_every_kind_comes_as_often_as_the_others() -> None:
    counts = Counter(kind for window in plan(30, seed=1) for kind in window)
    assert counts.total() == 30
    assert set(counts) == set(FAULTS)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_where_redis_loses_data_nothing_else_happens() -> None:
    assert all(len(window) == 1 for window in plan(200, seed=7) if set(window) & set(LOSING))
