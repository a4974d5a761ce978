"""The words after `python -m benchmarks`."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.plan import FULL, QUICK, Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def parse(words: Sequence[str], parts: Collection[str]) -> tuple[Plan, list[str]]:
    """Return the sizes of a run, and which of the parts are named. Ends the process where a word is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="only show that all of it works")
    parser.add_argument("--minutes", type=_minutes, help="length of the endurance part")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(parts)}")
    given = parser.parse_args(words)
    unknown = set(given.parts) - set(parts)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(parts)}")
    plan = QUICK if given.quick else FULL
    return (plan if given.minutes is None else replace(plan, minutes=given.minutes)), given.parts


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes < math.inf:
        raise ValueError(text)
    return minutes
