"""Random rasters, as `python -m tests.fuzz_rasters` draws them: that asks more of ten thousand."""

import pytest

from tests.fuzz_rasters.compare import differences

FEW, EACH = 300, 20


@pytest.mark.parametrize("first", range(1, FEW, EACH))
def test_random_rasters_are_read_as_gdal_and_rio_tiler_read_them(first: int) -> None:
    found = [line for seed in range(first, first + EACH) for line in differences(seed, is_thorough=False)]
    assert found == []
