"""The short form of the soak (see `tests.faults.soak`): half an hour's faults are `make soak FAULTS=200`."""

from __future__ import annotations

import pytest

from tests.faults.soak.__main__ import is_caught, soak
from tests.faults.soak.mutants import MUTANTS
from tests.faults.soak.plan import plan
from tests.faults.soak.system import Setup


@pytest.mark.soak
@pytest.mark.timeout(400)
async def test_meter_soak() -> None:
    report = await soak(plan(faults=30, seed=1), seed=1, setup=Setup())
    print(report)  # noqa: T201  (make soak shows it)
    assert report.is_right
    assert report.faults.total() == 30


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS)
async def test_the_soak_finds_a_meter_that_is_wrong(mutant: str) -> None:
    assert await is_caught(mutant, seed=1, setup=Setup())
