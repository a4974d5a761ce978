"""The short form of the soak (see `tests.faults.soak`): half an hour's faults are `make soak FAULTS=200`."""

from __future__ import annotations

import pytest

from tests.faults.soak import plan, soak


@pytest.mark.soak
@pytest.mark.timeout(400)
async def test_meter_soak() -> None:
    report = await soak(plan(faults=30, seed=1), seed=1)
    print(report)  # noqa: T201  (make soak shows it)
    assert report.is_right
    assert report.faults.total() == 30
