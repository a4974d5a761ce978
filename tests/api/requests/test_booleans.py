"""A boolean is no number, wherever in a body it stands."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from service.api.requests.params import parse_json
from service.errors import BadInput


class Place(BaseModel):
    at: tuple[float, float] = (0, 0)
    height: float | None = None
    is_high: bool = False


class Body(BaseModel):
    count: int = 1
    names: dict[str, int] = {}
    places: list[Place] = []
    either: bool | int = 0


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"count": true}', "count"),
        ('{"count": 2, "names": {"a": 1, "b": false}}', "names.b"),
        ('{"places": [{}, {"at": [1, true]}]}', "places.1.at.1"),
        ('{"places": [{"height": false, "is_high": true}]}', "places.0.height"),
    ],
)
def test_a_boolean_for_a_number_is_refused_and_named(text: str, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_json(text.encode(), Body)
    assert caught.value.field == field


def test_booleans_stay_where_they_belong() -> None:
    body = parse_json(b'{"places": [{"is_high": true, "at": [1, 2]}], "either": false, "count": 3}', Body)
    assert (body.places[0].is_high, body.either, body.count) == (True, False, 3)
