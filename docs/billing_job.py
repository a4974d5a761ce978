"""A billing job: keep a copy of what was used, and write a month's invoice from it. Needs nothing but Python.

    python docs/billing_job.py demo-data/demo.json billing.sqlite 2026-11

It can be killed at any moment and started again, run twice, or run late: rows are totals that replace what was there,
and rows and mark are stored in one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import urllib.request
from pathlib import Path

PRICE_PER_1000_RENDERS = 0.40
PRICE_PER_GIB = 0.09
TABLES = """
CREATE TABLE IF NOT EXISTS usage (
    day TEXT, project_id TEXT, link_id TEXT, renders INTEGER, cached INTEGER, bytes INTEGER, downloads INTEGER,
    views INTEGER, PRIMARY KEY (day, link_id)
);
CREATE TABLE IF NOT EXISTS mark (only INTEGER PRIMARY KEY CHECK (only = 1), text TEXT);
"""


def export(service: dict, since: str | None) -> dict:
    """Ask for what changed since the mark."""
    body = {"organization_id": service["organization_id"], "since": since, "limit": 1000}
    headers = {"Authorization": f"Bearer {service['api_key']}", "Content-Type": "application/json"}
    url = f"{service['base_url']}/v1/op/usage.export"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=30) as answer:
        return json.load(answer)


def follow(service: dict, copy: sqlite3.Connection) -> dict:
    """Bring the copy up to date; return the last page."""
    while True:
        known = copy.execute("SELECT text FROM mark").fetchone()
        page = export(service, known and known[0])
        with copy:  # one transaction: rows and mark, or neither
            copy.executemany(
                "INSERT OR REPLACE INTO usage VALUES"
                " (:day, :project_id, :link_id, :renders, :cached, :bytes, :downloads, :views)",
                page["rows"],
            )
            copy.execute("INSERT OR REPLACE INTO mark VALUES (1, ?)", [page["high_water_mark"]])
        if not page["more"]:
            return page


def invoice(copy: sqlite3.Connection, month: str) -> None:
    """Print a line per project."""
    query = "SELECT project_id, SUM(renders), SUM(bytes) FROM usage WHERE day LIKE ? || '-%' GROUP BY project_id"
    print("project_id,renders,gib,price")
    for project_id, renders, size in copy.execute(query, [month]):
        gib = size / 2**30
        price = renders / 1000 * PRICE_PER_1000_RENDERS + gib * PRICE_PER_GIB
        print(f"{project_id},{renders},{gib:.6f},{price:.6f}")


def main() -> None:
    """Follow, then write the invoice."""
    service = json.loads(Path(sys.argv[1]).read_text())
    copy = sqlite3.connect(sys.argv[2])
    copy.executescript(TABLES)
    page = follow(service, copy)
    invoice(copy, sys.argv[3])
    if (page["complete_through"] or "") < f"{sys.argv[3]}-31":
        print(f"# not final: complete through {page['complete_through']}", file=sys.stderr)


if __name__ == "__main__":
    main()
