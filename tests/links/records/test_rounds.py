"""Records that many ask for at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from service.links.records.rounds import MOST_QUESTIONS, MOST_TOGETHER, Rounds

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Record:
    id: str
    version: int


class Sql:
    """Answers when it may, with what is true when it was asked."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.version = 1
        self.error: Exception | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def load(self, ids: Sequence[str]) -> list[Record]:
        self.questions.append(list(ids))
        found = [Record(each, self.version) for each in ids if each != "missing"]
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return found


async def begun(sql: Sql, count: int) -> None:
    async with asyncio.timeout(30):
        while len(sql.questions) < count:  # noqa: ASYNC110  (what it waits for needs turns of the loop)
            await asyncio.sleep(0)


async def test_what_is_asked_at_once_is_one_question() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    names = [f"l{number}" for number in range(100)]
    found = await asyncio.gather(*(rounds.get(name) for name in [*names, "missing", "l7"]))
    assert found[:100] == [Record(name, 1) for name in names]
    assert found[100:] == [None, Record("l7", 1)]
    assert sql.questions == [[*names, "missing"]]


async def test_ten_thousand_are_asked_for_in_as_few_questions_as_may_be() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    await asyncio.gather(*(rounds.get(f"l{number}") for number in range(10_000)))
    assert len(sql.questions) == 10_000 / MOST_TOGETHER


async def test_who_asks_while_the_same_is_read_gets_what_is_true_after_they_asked() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    sql.may_answer.clear()
    first = asyncio.create_task(rounds.get("l"))
    await begun(sql, 1)
    sql.version = 2
    second = asyncio.create_task(rounds.get("l"))
    await begun(sql, 2)
    sql.may_answer.set()
    assert await asyncio.gather(first, second) == [Record("l", 1), Record("l", 2)]


async def test_a_question_that_is_not_answered_does_not_hold_up_the_others() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    sql.may_answer.clear()
    tasks = []
    for number in range(MOST_QUESTIONS + 3):
        tasks.append(asyncio.create_task(rounds.get(f"l{number}")))
        await begun(sql, min(number + 1, MOST_QUESTIONS))
    await asyncio.sleep(0)
    assert len(sql.questions) == MOST_QUESTIONS
    sql.may_answer.set()
    assert None not in await asyncio.gather(*tasks)
    assert len(sql.questions) == MOST_QUESTIONS + 1


async def test_all_who_wait_hear_of_a_failure_and_the_next_ask_anew() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    sql.error = OSError("away")
    answers = await asyncio.gather(rounds.get("a"), rounds.get("b"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError, OSError]
    sql.error = None
    assert await rounds.get("a") == Record("a", 1)


async def test_who_goes_away_takes_nobody_along() -> None:
    sql = Sql()
    rounds = Rounds(sql.load)
    sql.may_answer.clear()
    gone, stays = asyncio.create_task(rounds.get("l")), asyncio.create_task(rounds.get("l"))
    await begun(sql, 1)
    gone.cancel()
    sql.may_answer.set()
    assert await stays == Record("l", 1)
    with pytest.raises(asyncio.CancelledError):
        await gone
