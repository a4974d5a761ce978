import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiling.source.block_cache import BlockCache

BLOCK = 1000


def block(key: int) -> np.ndarray:
    return np.full(BLOCK, key % 256, dtype=np.uint8)


def decode(keys: list[int]) -> dict[int, np.ndarray]:
    return {key: block(key) for key in keys}


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True), max_size=30), st.integers(0, 8))
def test_every_block_is_the_right_one_and_memory_stays_within_its_bound(asked: list[list[int]], room: int) -> None:
    cache = BlockCache(room * BLOCK)
    for keys in asked:
        found = cache.get(keys, decode)
        assert {key: int(values[0]) for key, values in found.items()} == {key: key for key in keys}
        assert cache.nbytes <= room * BLOCK


def test_the_least_recently_used_block_goes_first() -> None:
    cache, decoded = BlockCache(2 * BLOCK), Counter[int]()

    def counted(keys: list[int]) -> dict[int, np.ndarray]:
        decoded.update(keys)
        return decode(keys)

    for key in (1, 2, 1, 3, 1, 2):
        cache.get([key], counted)
    assert decoded == {1: 1, 2: 2, 3: 1}


def test_a_block_that_many_threads_ask_for_at_once_is_decoded_once() -> None:
    cache, decoded, together = BlockCache(), Counter[int](), threading.Barrier(8)

    def slow(keys: list[int]) -> dict[int, np.ndarray]:
        decoded.update(keys)
        time.sleep(0.05)
        return decode(keys)

    def ask(number: int) -> list[int]:
        together.wait()
        return sorted(cache.get([number % 2, 2, 3], slow))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [[number % 2, 2, 3] for number in range(8)]
    assert decoded == {0: 1, 1: 1, 2: 1, 3: 1}


def test_a_block_that_cannot_be_decoded_is_everybodys_own_trouble_and_not_remembered() -> None:
    cache, together = BlockCache(), threading.Barrier(2)

    def broken(_keys: list[int]) -> dict[int, np.ndarray]:
        together.wait(5)
        raise OSError("damaged")

    def waiting() -> int:
        together.wait(5)
        return int(cache.get([7], decode)[7][0])

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(cache.get, [7], broken)
        assert pool.submit(waiting).result(5) == 7
        with pytest.raises(OSError, match="damaged"):
            failing.result(5)
    assert int(cache.get([7], decode)[7][0]) == 7


def test_blocks_are_read_only_and_a_smaller_bound_drops_them() -> None:
    cache = BlockCache()
    found = cache.get([1, 2, 3], decode)
    with pytest.raises(ValueError, match="read-only"):
        found[1][0] = 0
    cache.resize(BLOCK)
    assert cache.nbytes == BLOCK
