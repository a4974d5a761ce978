"""Many organizations on one installation: whether admission, metering and settling notice how many there are."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks import wrk
from benchmarks.addresses import Tile, random_tiles
from benchmarks.book import OURS, Book, Case
from benchmarks.load import measure
from benchmarks.plan import CONNECTIONS, CROWD, Plan
from benchmarks.points import told
from benchmarks.rasters import CLASSES
from benchmarks.servers.server import Server
from benchmarks.servers.tilegate import serving, settings_of
from benchmarks.sharing import LIFETIME, sharing
from service.identifiers import new_id
from service.links.key import Key, KeyScope
from service.links.link import TargetType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = "growth"
FORMAT = "jpg"
ORGANIZATIONS = (1, 100, 10_000)
LINKS_EACH = 100
ASKED = 10_000
"""Links that are asked for in turn, where there are so many: of as many organizations as possible."""
KNOWING = 4
"""How often all of them are asked for before anything is measured, so that both workers have met them."""
RASTER = CLASSES[0]
TILES = 40


def organizations(plan: Plan, book: Book, folder: Path) -> list[dict[str, Any]]:
    """Load cached tiles of links of ever more organizations, each request by the next one."""
    path, points = RASTER.path(quick=plan.quick), []
    tiles = random_tiles(path, (16, 17), TILES, seed=1)
    for count in ORGANIZATIONS:
        place, started = folder / f"organizations-{count}", time.monotonic()
        templates = asyncio.run(_templates(place, path, count))
        print(f"  {count} organizations made in {time.monotonic() - started:.0f} s", flush=True)
        listed = [_path(template, tiles[n % TILES]) for n, template in enumerate(templates)]
        with serving(place, str(path.parent), {}) as (port, pid):
            server = Server(name=OURS, port=port, roots=(pid,))
            measure(server, [_path(templates[0], tile) for tile in tiles] * 20, FORMAT, CONNECTIONS)
            for _ in range(KNOWING):
                measure(server, listed, FORMAT, CONNECTIONS, may_refuse=True)  # while all counters are restored at once
            case = Case(PART, RASTER.label, FORMAT, f"{count} organizations, cached tiles")
            with book.attempt(case, OURS):
                result = (
                    wrk.saturate(server, listed, CROWD, plan.seconds)
                    if wrk.installed()
                    else measure(server, listed * (20_000 // len(listed)), FORMAT, CROWD)
                )
                points.append(told(book, case, OURS, count, result))
    return points


async def _templates(folder: Path, path: Path, count: int) -> list[str]:
    """Return tile paths of links of as many organizations as there are, at most `ASKED`."""
    async with sharing(settings_of(folder, str(path.parent))) as office:
        item = await office.item(path.name, RASTER.rendering)
        first = await office.link(TargetType.ITEM, item.id)
        services, now = office.context.services, datetime.now(UTC)
        ids = await asyncio.to_thread(_multiply, folder / "tilegate.sqlite", first.id, count)
        base, signer = urlsplit(services.settings.base_url).path, services.links.key_signer
        templates = []
        for link_id in ids:
            expires_at = now + LIFETIME / 2
            key = Key(link_id=link_id, generation=1, scope=KeyScope.RECIPIENT, expires_at=expires_at)  # type: ignore[arg-type]
            token = services.links.tokens.sign(link_id, 0)  # type: ignore[arg-type]
            templates.append(f"{base}/s/{token}/{{z}}/{{x}}/{{y}}?key={signer.sign(key)}")
        return templates


def _multiply(database: Path, link_id: str, count: int) -> list[str]:
    """Copy a link, its project and its organization; return ids of links. A million rows by SQLAlchemy take minutes."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        link = dict(connection.execute("SELECT * FROM links WHERE id = ?", [link_id]).fetchone())
        rows = {
            table: dict(connection.execute(f"SELECT * FROM {table} WHERE id = ?", [link[of]]).fetchone())
            for table, of in (("organizations", "organization_id"), ("projects", "project_id"))
        }
        customers = [(new_id("org"), new_id("prj")) for _ in range(count)]
        copies = [rows["organizations"] | {"id": organization} for organization, _ in customers]
        _insert(connection, "organizations", copies)
        owned = [{"id": project, "organization_id": organization} for organization, project in customers]
        _insert(connection, "projects", [rows["projects"] | own for own in owned])
        asked = list[str]()
        for nth in range(LINKS_EACH):
            made = list(_copies(link, customers))
            _insert(connection, "links", made)
            if nth * count < ASKED:
                asked += [each["id"] for each in made]
        return asked[:ASKED]


def _copies(link: dict[str, Any], customers: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for organization, project in customers:
        yield link | {"id": new_id("lnk"), "organization_id": organization, "project_id": project}


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.executemany(statement, [tuple(row.values()) for row in rows])


def _path(template: str, tile: Tile) -> str:
    return template.format(z=tile[0], x=tile[1], y=f"{tile[2]}.{FORMAT}")
