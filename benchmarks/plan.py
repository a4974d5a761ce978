"""How much is measured: a full run, or a quick one that only shows that all of it works and about where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes of a run."""

    quick: bool
    rounds: int
    """In each, every server meets the same lists; ratios are of a round, and their median is told."""
    tiles: int
    """In a random list."""
    steps: int
    """Of a person's session."""
    web_tiles: int
    """In the list of a web-aligned raster."""
    seconds: int
    """That wrk loads cached tiles."""
    minutes: float
    """Of the endurance part."""


FULL = Plan(quick=False, rounds=3, tiles=250, steps=24, web_tiles=2000, seconds=4, minutes=60)
QUICK = Plan(quick=True, rounds=1, tiles=24, steps=4, web_tiles=200, seconds=1, minutes=1)
CONNECTIONS = 8
CROWD = 64
"""Connections where the waiting is measured."""
