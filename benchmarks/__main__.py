"""`python -m benchmarks [--quick] [--minutes NUMBER] [PART …]`; without parts, all."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import (
    cached,
    cold_start,
    endurance,
    event_loop,
    growth,
    machine,
    metering,
    plots,
    prefetch,
    random_tiles,
    reader,
    remote,
    repeats,
    sessions,
    table,
    web_aligned,
)
from benchmarks.book import Book
from benchmarks.command_line import parse
from benchmarks.fleet import say_what_is_missing
from benchmarks.plan import Plan
from benchmarks.rasters import CLASSES, OUT, make_rasters
from benchmarks.servers.tilegate import install

PARTS = {
    "random": random_tiles.main,
    "cold_start": cold_start.main,
    "sessions": sessions.main,
    "web": web_aligned.main,
    "cached": cached.main,
    "repeats": repeats.main,
    "remote": remote.main,
    "reader": reader.main,
    "growth": growth.main,
    "metering": metering.main,
    "event_loop": event_loop.main,
    "endurance": endurance.main,
    "prefetch": prefetch.main,
    "publish": plots.publish,
}
ASKED_FOR = frozenset({"endurance", "prefetch", "publish"})
"""Parts that are run only where they are named."""
NOT_QUICK = ASKED_FOR | {"event_loop", "growth", "metering"}


def main(words: list[str]) -> None:
    """Run the parts that are named, or all; print tables and targets, and write `out/latest.json`."""
    plan, named = parse(words, PARTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the servers are ended, too
    parts = named or [name for name in PARTS if name not in (NOT_QUICK if plan.quick else ASKED_FOR)]
    about = machine.about()
    machine.warn_if_busy()
    say_what_is_missing()
    book, started = Book(), time.monotonic()
    make_rasters(CLASSES, quick=plan.quick)
    with tempfile.TemporaryDirectory(prefix="tilegate-bench-") as name:
        _run(parts, plan, book, Path(name))
    print(f"\n{table.targets(book)}" if book.verdicts or book.failures else "")
    latest = OUT / "latest.json"
    book.write(latest, about | {"plan": repr(plan), "parts": parts})
    print(f"{(time.monotonic() - started) / 60:.1f} minutes; all of it is in {latest}")
    if book.failures:
        sys.exit(f"{len(book.failures)} loads failed: the figures of this run are not to be used")


def _run(parts: list[str], plan: Plan, book: Book, folder: Path) -> None:
    installation = install(folder / "installation", CLASSES, quick=plan.quick)
    for part in parts:
        print(f"\n== {part}", flush=True)
        before, started = set(book.results), time.monotonic()
        PARTS[part](plan, book, installation, folder)
        for name in dict.fromkeys(case.part for case in book.results if case not in before):
            print(f"\n{table.show(book, name)}", flush=True)
        print(f"({part} took {time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
