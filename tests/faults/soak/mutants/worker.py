"""`worker.py MUTANT`: the real worker, but for its counting script. Only a supervisor starts it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.api.app import create_app
from service.metering import counters
from service.processes.serving.serve import run_worker
from service.redis.scripts import Script

if TYPE_CHECKING:
    from service.redis.scripts import Execute

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


def loaded(execute: Execute, source: str) -> Script:
    """Return a script by its text."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(source)
        file.flush()
        return Script(Path(file.name), execute)


def without(source: str, part: str) -> str:
    """Return the script without a part of it, which must be there."""
    if part not in source:
        raise SystemExit(f"meter.lua has changed: the mutant must be written anew, there is no\n{part}")
    return source.replace(part, "")


def plain_increments(execute: Execute, source: str) -> Any:
    """A meter that adds what it is sent."""
    return loaded(execute, PLAIN_INCREMENTS.read_text())


def no_gap_rule(execute: Execute, source: str) -> Any:
    """A meter that does not see that batches before this one are missing."""
    return loaded(execute, without(source, GAP_RULE))


def two_writes(execute: Execute, source: str) -> Any:
    """A meter that writes the totals first, and then, in another step, the number under which they were added."""
    first, second = loaded(execute, without(source, NUMBER)), loaded(execute, SET_NUMBER)

    class Both:
        async def run(self, key: str, *arguments: Any) -> Any:
            answer = await first.run(key, *arguments)
            if answer[0] == b"ok":
                await second.run(key, *arguments[:4], answer[1])
            return answer

    return Both()


def two_writes_in_one_script(execute: Execute, source: str) -> Any:
    """The same in one script, as if one step in memory were one step on disk."""
    end = without(source, NUMBER).replace(WRITE, f"{WRITE}redis.call('HSET', key{NUMBER})\n")
    return loaded(execute, end)


def budgets_ignored(execute: Execute, source: str) -> Any:
    """A meter that counts and never refuses."""
    return loaded(execute, without(source, BUDGET_RULE))


def own_budgets(execute: Execute, source: str) -> Any:
    """A meter that gives each worker all of the budget."""
    without(source, MONTH)
    return loaded(execute, source.replace(MONTH, OWN_MONTH))


def pixels_by_the_tile(execute: Execute, source: str) -> Any:
    """A meter for which all tiles are of one size."""
    without(source, PIXELS)
    return loaded(execute, source.replace(PIXELS, ONE_SIZE + PIXELS))


def months_not_mended(execute: Execute, source: str) -> Any:
    """Losses that are made good for links and days, and not for months."""
    return loaded(execute, without(source, MENDED))


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

    def other(file: Path, execute: Execute) -> Any:
        source = file.read_text()
        return MUTANTS[name](execute, source) if source.startswith(replaced) else Script(file, execute)

    counters.Script = other  # type: ignore[assignment,misc]


if __name__ == "__main__":
    mutate(sys.argv[1])
    sys.exit(run_worker(create_app))
