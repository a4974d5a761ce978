"""Commands of many callers, sent in few rounds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from service.redis.client import ServerClient, connect_redis
from service.redis.rounds import MAX_COMMANDS, Rounds
from tests.valkeys import TcpValkey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.asyncio


class Counted:
    """A client that tells how many commands each round had."""

    def __init__(self, client: ServerClient) -> None:
        self._client = client
        self.rounds: list[int] = []

    async def execute_command(self, *command: Any) -> Any:
        self.rounds.append(1)
        return await self._client.execute_command(*command)

    async def execute_all(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        self.rounds.append(len(commands))
        return await self._client.execute_all(commands)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[TcpValkey]:
    server = TcpValkey(folder=tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def counted(valkey: TcpValkey) -> AsyncIterator[Counted]:
    client = connect_redis(valkey.url)
    assert isinstance(client, ServerClient)
    yield Counted(client)
    await client.aclose()


def rounds_of(counted: Counted) -> Rounds:
    return Rounds(counted)  # type: ignore[arg-type]


async def test_each_caller_has_the_answer_to_its_own_command(counted: Counted) -> None:
    rounds = rounds_of(counted)
    texts = [f"text {number}" for number in range(200)]
    assert await asyncio.gather(*(rounds.ask("ECHO", text) for text in texts)) == [text.encode() for text in texts]
    assert counted.rounds == [1, MAX_COMMANDS, MAX_COMMANDS, MAX_COMMANDS, 199 - 3 * MAX_COMMANDS]


async def test_a_lone_caller_waits_for_nobody(counted: Counted) -> None:
    rounds = rounds_of(counted)
    for number in range(3):
        assert await rounds.ask("ECHO", number) == str(number).encode()
    assert counted.rounds == [1, 1, 1]


async def test_an_error_belongs_to_its_command_alone(counted: Counted) -> None:
    rounds = rounds_of(counted)
    await rounds.ask("SET", "text", "no number")
    asked = (rounds.ask("INCR", "text" if number % 3 == 0 else f"count {number}") for number in range(30))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, ResponseError) for answer in answers] == [number % 3 == 0 for number in range(30)]
    assert {answer for answer in answers if not isinstance(answer, ResponseError)} == {1}


async def test_what_was_cancelled_before_its_round_is_not_sent(counted: Counted) -> None:
    rounds = rounds_of(counted)
    asked = [asyncio.create_task(rounds.ask("INCR", "count")) for _ in range(10)]
    await asyncio.sleep(0)
    for task in asked[1::2]:
        task.cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answer for answer in answers if isinstance(answer, int)] == [1, 2, 3, 4, 5]
    assert await rounds.ask("GET", "count") == b"5"


async def test_others_are_answered_where_the_first_caller_gives_up(counted: Counted) -> None:
    rounds = rounds_of(counted)
    asked = [asyncio.create_task(rounds.ask("ECHO", number)) for number in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert answers[1:] == [b"1", b"2", b"3", b"4"]
    assert await rounds.ask("ECHO", "later") == b"later"


async def test_all_hear_that_the_server_is_silent(valkey: TcpValkey, counted: Counted) -> None:
    rounds = rounds_of(counted)
    await rounds.ask("PING")
    valkey.freeze()
    answers = await asyncio.gather(*(rounds.ask("PING") for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, RedisError) for answer in answers)
    valkey.thaw()
    for _ in range(1000):
        try:
            assert await rounds.ask("PING")
        except RedisError:
            await asyncio.sleep(0.01)
        else:
            return
    pytest.fail("it was never asked again")


async def test_a_replica_in_a_round_is_left_for_its_successor(counted: Counted) -> None:
    rounds = rounds_of(counted)
    await rounds.ask("REPLICAOF", "127.0.0.1", "1")
    answers = await asyncio.gather(*(rounds.ask("INCR", "count") for _ in range(5)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {ReadOnlyError}
    pool = counted._client.connection_pool
    assert not [one for one in [*pool._available_connections, *pool._in_use_connections] if one.is_connected]
