"""Field types that operations share."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from service.operations.core.fields import Day, Instant

DAYS, INSTANTS = TypeAdapter[date](Day), TypeAdapter[datetime](Instant)


def test_days_and_instants_are_written_out() -> None:
    assert DAYS.validate_json('"2026-11-29"') == date(2026, 11, 29)
    assert INSTANTS.validate_json('"2026-11-29T18:00:00Z"') == datetime(2026, 11, 29, 18, tzinfo=UTC)
    assert INSTANTS.validate_json('"2026-11-29T18:00:00-05:00"') == datetime(2026, 11, 29, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["0", '"0"', "1764439200", '"1764439200"', "1.5", "-1", '"-86400"', "true", "[]", '""']
)
def test_a_number_is_no_moment(text: str) -> None:
    for adapter in (DAYS, INSTANTS):
        with pytest.raises(ValidationError):
            adapter.validate_json(text)
