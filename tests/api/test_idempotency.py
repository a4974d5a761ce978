"""`Idempotency-Key`: what is asked twice is done once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from service.accounts.first_answers import FirstAnswers, RequestId, request_id
from service.database.tables import first_answers
from service.errors import BadInput, Conflict
from service.operations.core.operation import Effect
from service.operations.registry import OPERATIONS
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.conftest import Installation

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
OLD, NEW = b"o" * 32, b"n" * 32
ID = request_id("usr_a", "share.link.create", "k")


async def create(service: Installation, item: Any, key: dict[str, str] = KEY, **fields: Any) -> ClientResponse:
    wanted = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1, **fields}
    return await service.post("share.link.create", service.headers | key, **wanted)


async def count(service: Installation) -> int:
    return len((await service.ask("share.link.list"))["links"])


async def test_a_request_that_is_sent_again_gets_its_first_answer_and_does_nothing(service: Installation) -> None:
    item = await service.add_item()
    first, again = await create(service, item), await create(service, item)
    assert (first.status, again.status) == (200, 200)
    assert await first.read() == await again.read()
    assert first.headers["Location"] == again.headers["Location"]
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert await count(service) == 1


async def test_another_body_with_the_same_key_is_refused(service: Installation) -> None:
    item = await service.add_item()
    await create(service, item)
    other = await create(service, item, expires_in_hours=2)
    assert (other.status, (await other.json())["code"]) == (422, "idempotency_key_reused")
    assert await count(service) == 1


async def test_another_key_another_operation_or_none_make_another_link(service: Installation) -> None:
    item = await service.add_item()
    for key in KEY, {"Idempotency-Key": "another"}, {}, {}:
        assert (await create(service, item, key)).status == 200
    assert (await service.post("share.link.list", service.headers | KEY)).status == 200
    assert await count(service) == 4


async def test_what_is_sent_many_times_at_once_is_done_once(service: Installation) -> None:
    item = await service.add_item()
    answers = await asyncio.gather(*(create(service, item) for _ in range(8)))
    assert {answer.status for answer in answers} <= {200, 409}
    for answer in answers:
        if answer.status == 409:
            assert (await answer.json())["code"] == "idempotency_key_in_use"
            assert answer.headers["Retry-After"] == "1"
    assert await count(service) == 1


async def test_what_was_refused_may_be_sent_again_with_its_key(service: Installation) -> None:
    item = await service.add_item()
    assert (await create(service, {"id": "itm_" + "x" * 20})).status == 404
    assert (await create(service, item)).status == 200


@pytest.mark.parametrize("key", ["", " ", '""', "a b", "x" * 256, "ü"])
async def test_a_key_that_is_none_is_told(lasting: Installation, key: str) -> None:
    answer = await create(lasting, {"id": "itm_" + "x" * 20}, {"Idempotency-Key": key})
    assert (answer.status, (await answer.json())["field"]) == (422, "Idempotency-Key")


async def test_the_document_names_the_header_wherever_something_is_done(service: Installation) -> None:
    paths = (await (await service.client.get("/openapi.json")).json())["paths"]
    for operation in OPERATIONS.values():
        names = [each["name"] for each in paths[operation.operation_path]["post"].get("parameters", [])]
        is_done = operation.effect is not Effect.READ and operation.response is not None
        assert ("Idempotency-Key" in names) == is_done, operation.id


class Hours:
    """A clock."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def test_after_a_day_a_key_is_free_again_and_its_answer_is_gone(engine: AsyncEngine) -> None:
    clock = Hours()
    answers = FirstAnswers(engine, (NEW,), clock)
    assert await answers.begin(ID, b"body") is None
    await answers.finish(ID, b"secret answer")
    clock.now += timedelta(hours=23)
    assert await answers.begin(ID, b"body") == b"secret answer"
    assert await answers.sweep() == 0
    clock.now += timedelta(hours=1, seconds=1)
    assert await answers.begin(ID, b"another body") is None
    clock.now += timedelta(hours=25)
    assert await answers.sweep() == 1


async def test_what_was_cut_off_stays_taken_and_says_so(engine: AsyncEngine) -> None:
    clock = Hours()
    answers = FirstAnswers(engine, (NEW,), clock)
    await answers.begin(ID, b"body")
    for minutes, wait in (0, 1), (5, None):
        clock.now += timedelta(minutes=minutes)
        with pytest.raises(Conflict) as told:
            await answers.begin(ID, b"body")
        assert (told.value.code, told.value.retry_after) == ("idempotency_key_in_use", wait)


async def test_answers_outlive_a_change_of_the_master_key_and_stand_nowhere_in_clear(engine: AsyncEngine) -> None:
    await FirstAnswers(engine, (OLD,)).begin(ID, b"body")
    await FirstAnswers(engine, (OLD,)).finish(ID, b"secret answer")
    assert await FirstAnswers(engine, (NEW, OLD)).begin(ID, b"body") == b"secret answer"
    with pytest.raises(BadInput):
        await FirstAnswers(engine, (NEW, OLD)).begin(ID, b"body of another")
    async with engine.connect() as connection:
        row = (await connection.execute(select(first_answers))).one()
    assert b"secret" not in row.answer
    assert RequestId(row.id) == ID
