import pytest

# affine 3 deprecates `*` between transforms, which rasterio and rio-tiler still write.
AFFINE = "ignore:Use `@` matmul instead of `*`:PendingDeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/tiling/" in item.path.as_posix():
            item.add_marker(pytest.mark.filterwarnings(AFFINE))
