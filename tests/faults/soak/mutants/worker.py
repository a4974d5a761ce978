"""`worker.py MUTANT`: the real worker, but for its counting script. Only a supervisor starts it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from service.api.app import create_app
from service.processes.serving.serve import run_worker

PLAIN_INCREMENTS = Path(__file__).with_name("plain_increments.lua")
GAP_RULE = """if seq > last + 1 then
  return { 'gap', tostring(last) }
end
"""
NUMBER = ", 'e:' .. epoch, string.format('%.0f:%s:%s', seq, letters, now)"
WRITE = "redis.call(unpack(write))\n"
SET_NUMBER = "return redis.call('HSET', KEYS[1], 'e:' .. ARGV[1], ARGV[2] .. ':' .. ARGV[5] .. ':' .. ARGV[4])"

BUDGET_RULE = """if amounts[unit] > 0 and used[unit] + amounts[unit] > limit then
      return 'b'
    end"""
MONTH = "'p:' .. month"
OWN_MONTH = "'p:' .. month .. epoch"
MENDED = "      use(month, unit, missing)\n"
PIXELS = "    amounts[unit] = amount\n"
ONE_SIZE = "    if unit == 'pixels' then amount = math.min(amount, 65536) end\n"

NOT_LOADED = "0" * 40
"""No script's digest: Redis says so, and the service calls what was registered."""

register = Redis.register_script


def without(source: str, part: str) -> str:
    """Return the script without a part of it, which must be there."""
    if part not in source:
        raise SystemExit(f"meter.lua has changed: the mutant must be written anew, there is no\n{part}")
    return source.replace(part, "")


def plain_increments(redis: Redis, source: str) -> Any:
    """A meter that adds what it is sent."""
    return register(redis, PLAIN_INCREMENTS.read_text())


def no_gap_rule(redis: Redis, source: str) -> Any:
    """A meter that does not see that batches before this one are missing."""
    return register(redis, without(source, GAP_RULE))


def two_writes(redis: Redis, source: str) -> Any:
    """A meter that writes the totals first, and then, in another step, the number under which they were added."""
    first, second = register(redis, without(source, NUMBER)), register(redis, SET_NUMBER)

    async def both(keys: list[str], args: list[Any]) -> Any:
        answer = await first(keys=keys, args=args)
        if answer[0] == b"ok":
            await second(keys=keys, args=[*args[:4], answer[1]])
        return answer

    both.sha = NOT_LOADED  # type: ignore[attr-defined]
    return both


def two_writes_in_one_script(redis: Redis, source: str) -> Any:
    """The same in one script, as if one step in memory were one step on disk."""
    end = without(source, NUMBER).replace(WRITE, f"{WRITE}redis.call('HSET', key{NUMBER})\n")
    return register(redis, end)


def budgets_ignored(redis: Redis, source: str) -> Any:
    """A meter that counts and never refuses."""
    return register(redis, without(source, BUDGET_RULE))


def own_budgets(redis: Redis, source: str) -> Any:
    """A meter that gives each worker all of the budget."""
    without(source, MONTH)
    return register(redis, source.replace(MONTH, OWN_MONTH))


def pixels_by_the_tile(redis: Redis, source: str) -> Any:
    """A meter for which all tiles are of one size."""
    without(source, PIXELS)
    return register(redis, source.replace(PIXELS, ONE_SIZE + PIXELS))


def months_not_mended(redis: Redis, source: str) -> Any:
    """Losses that are made good for links and days, and not for months."""
    return register(redis, without(source, MENDED))


OF_ADVANCE = {"months are not mended"}
MUTANTS = {
    "budgets ignored": budgets_ignored,
    "a budget for each worker": own_budgets,
    "pixels by the tile": pixels_by_the_tile,
    "months are not mended": months_not_mended,
    "plain increments": plain_increments,
    "no gap rule": no_gap_rule,
    "two writes": two_writes,
    "two writes in one script": two_writes_in_one_script,
}


def mutate(name: str) -> None:
    """Have every client load another script in place of METER, or of ADVANCE."""
    replaced = "-- ADVANCE" if name in OF_ADVANCE else "-- METER"

    def register_other(redis: Redis, source: str) -> Any:
        return MUTANTS[name](redis, source) if source.startswith(replaced) else register(redis, source)

    Redis.register_script = register_other  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    mutate(sys.argv[1])
    sys.exit(run_worker(create_app))
