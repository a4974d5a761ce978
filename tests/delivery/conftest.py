"""What tests of delivery share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.s3 import Bucket


@pytest.fixture(scope="session")
def s3() -> Iterator[tuple[Bucket, Bucket]]:
    """Two buckets of an S3 server that checks signatures and policies, each of a user of its own."""
    from tests.s3 import s3_server  # half a second that other sessions need not spend

    with s3_server() as buckets:
        yield buckets
