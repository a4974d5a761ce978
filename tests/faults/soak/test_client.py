from __future__ import annotations

import json

import pytest

from tests.faults.soak.client import Answer, outcome_of


def answer(status: int, metered: str = "0", code: str = "", body: bytes = b"") -> Answer:
    return Answer(status, {"x-metered": metered}, json.dumps({"code": code}).encode() if code else body)


@pytest.mark.parametrize(
    ("method", "given", "outcome"),
    [
        pytest.param("GET", answer(200, "1", body=b"png"), "delivered", id="metered image"),
        pytest.param("GET", answer(200, "0", body=b"png"), "uncertain", id="image that says it is free"),
        pytest.param("GET", answer(304), "uncounted", id="client has it"),
        pytest.param("GET", answer(204), "uncounted", id="empty"),
        pytest.param("HEAD", answer(200, "0"), "uncounted", id="head"),
        pytest.param("GET", answer(410, code="limit_reached"), "uncounted", id="refused"),
        pytest.param("GET", answer(503, code="overloaded"), "uncounted", id="refused before it was rendered"),
        pytest.param("GET", answer(503, code="metering_unavailable"), "uncertain", id="meter in doubt"),
        pytest.param("GET", answer(500), "uncertain", id="failure"),
    ],
)
def test_only_answers_that_say_so_are_uncounted(method: str, given: Answer, outcome: str) -> None:
    assert outcome_of(method, given) == outcome
