"""Random rasters, as `python -m tests.fuzz_rasters` draws them: that runs ten thousand and more."""

import pytest

from tests.fuzz_rasters.compare import differences


@pytest.mark.parametrize("first", range(1, 101, 25))
def test_random_rasters_are_read_as_gdal_reads_them(first: int) -> None:
    assert [line for seed in range(first, first + 25) for line in differences(seed)] == []
