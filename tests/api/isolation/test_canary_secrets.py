"""No secret is told: each gets a value that is easy to find, and is then looked for wherever something is written."""

from __future__ import annotations

import logging
import re
import sqlite3
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from service.operations.registry import OPERATIONS
from service.processes.logs import OneLineFormatter, json_formatter
from tests.accounts.signers import SECRET
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.conftest import Installation

pytestmark = pytest.mark.security

ADMITTED = 3
"""Of the carriers of credentials so many, the first, lead past the gate."""
GUESS = "canary-guess-of-a-password"
MAIL_SECRET = "canary-of-the-mail-server"
SESSION = "canary.session.token"
PARAMETERS = {"token": "", "z": "8", "x": "72", "y": "110", "name": "110.png", "format": "png", "path": "RGB.byte.tif"}
PARAMETERS |= {"lon": "-77.5", "lat": "24.5", "id": "upl_canary", "fmt": "png"}


class Written(logging.Handler):
    """Keeps what the service logs, as it is written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.formatters = [OneLineFormatter(), json_formatter()]
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [formatter.format(record) for formatter in self.formatters]


@pytest.fixture
def log() -> Iterator[Written]:
    root, written = logging.getLogger(), Written()
    level, libraries = root.level, {name: logging.getLogger(name).level for name in ("asyncio", "aiosqlite")}
    for name in libraries:
        logging.getLogger(name).setLevel(logging.INFO)
    root.addHandler(written)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(written)
    root.setLevel(level)
    for name, before in libraries.items():
        logging.getLogger(name).setLevel(before)


def all_requests(service: Installation, token: str) -> Iterator[tuple[str, str, Any]]:
    """Method, path and body of a request to each route and each operation."""
    app = service.client.app
    assert app is not None
    for route in app.router.routes():
        assert route.resource is not None
        filled = re.sub(
            r"\{(\w+)[^}]*\}",
            lambda match: (PARAMETERS | {"token": token}).get(match[1], "1"),
            route.resource.canonical,
        )
        if route.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}:
            yield route.method, filled, None
    for operation in OPERATIONS.values():
        yield "POST", operation.operation_path, {"token": token, "password": GUESS, "link_id": "lnk_canary"}


async def ask_in_every_way(
    service: Installation, secrets: dict[str, str], below: str = "/", *, admitted: bool = False
) -> list[str]:
    """Send all requests with all kinds of credentials; return what was answered in errors, and all headers.

    admitted: with those alone that lead past the gate, to what may be broken behind it.
    """
    basic = b64encode(f"any:{PASSWORD}".encode()).decode()
    carriers: list[tuple[str, dict[str, str]]] = [
        ("", {"X-Share-Password": PASSWORD}),
        ("", {"Authorization": f"Bearer {secrets['API key']}"}),
        (f"?key={secrets['key']}", {}),
        ("", {"X-Share-Password": GUESS, "X-Forwarded-For": "192.0.2.1"}),
        ("", {"Authorization": f"Basic {basic}"}),
        ("", {"Authorization": f"Bearer {SESSION}"}),
        ("", {"Cookie": f"tilegate_key={secrets['key']}", "Accept": "text/html"}),
        (f"?key={secrets['named key']}&password={PASSWORD}&{GUESS}", {}),
    ]
    told = []
    for method, path, body in all_requests(service, secrets["token"]):
        if not path.startswith(below):
            continue
        for query, headers in carriers[:ADMITTED] if admitted else carriers:
            response = await service.client.request(
                method, path + query, json=body, headers=headers, allow_redirects=False
            )
            text = await response.text(errors="replace")
            shown = {name: value for name, value in response.headers.items() if name not in {"Set-Cookie", "Location"}}
            told.append(f"{method} {path.replace(secrets['token'], 'TOKEN')} {response.status} {shown}")
            if response.status >= 400:
                told.append(text.replace(secrets["token"], "TOKEN") if "text/html" in shown["Content-Type"] else text)
    return told


def found_in(texts: list[str], secrets: dict[str, str]) -> list[tuple[str, str]]:
    """Return which secrets are in some texts, and where."""
    return [(name, text[:300]) for name, value in secrets.items() for text in texts if value in text]


async def test_no_secret_is_in_logs_metrics_errors_or_stores(
    install: Any, log: Written, redis: Redis, tmp_path: Path
) -> None:
    (tmp_path / "session").write_text(SECRET)
    service = await install(
        smtp_url=f"smtp://user:{MAIL_SECRET}@127.0.0.1:1",
        mail_from="maps@example.org",
        jwt_secret_file=tmp_path / "session",
        jwt_issuer="https://id.example.org",
        jwt_audience="tilegate",
        guesses_per_link=100_000,
        guesses_per_client=100_000,
        rate_create=10**6,
        rate_read=10**6,
        rate_update=10**6,
        rate_list=10**6,
        rate_requests=10**6,
    )
    link = await service.add_link(recipients=["r@example.org"], notify=True, permission="write")
    opened = await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
    named = await service.ask("share.key.create", link_id=link["id"], label="A desk")
    secrets = {
        "password": PASSWORD,
        "guess": GUESS,
        "mail server": MAIL_SECRET,
        "session secret": SECRET,
        "session token": SESSION,
        "API key": service.api_key,
        "token": link["token"],
        "key": opened["key"],
        "named key": named["key"],
        "master key": (tmp_path / "master.key").read_text().split()[0],
    }

    told = await ask_in_every_way(service, secrets)
    (tmp_path / "files" / "RGB.byte.tif").write_bytes(b"II*\0 no longer a raster")
    told += await ask_in_every_way(service, secrets, "/s/", admitted=True)
    stored = [str(value) for value in await stored_values(redis)] + [database_text(tmp_path)]
    with sqlite3.connect(tmp_path / "tilegate.sqlite") as database:
        for table in ("links", "items", "api_keys"):
            database.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
    told += await ask_in_every_way(service, secrets, "/v1/", admitted=True)
    metrics = await (await service.client.get("/metrics")).text()

    statuses = {line.split()[2] for line in told if line.startswith(("GET", "POST"))}
    assert {"200", "401", "404", "422"} <= statuses
    assert statuses & {"500", "503"}, "nothing failed in a way that would be logged with its cause"
    assert any("backend failed" in line for line in log.lines)
    assert found_in(log.lines, secrets) == []
    assert found_in([metrics], secrets) == []
    assert found_in(told, {**secrets, "folder": str(tmp_path)}) == []
    assert found_in(stored, secrets) == []


async def stored_values(redis: Redis) -> list[Any]:
    """Return all that Redis holds."""
    found: list[Any] = []
    async for key in redis.scan_iter():
        found.append(key)
        readers = {"string": redis.get, "hash": redis.hgetall, "zset": lambda k: redis.zrange(k, 0, -1)}
        readers |= {"stream": redis.xrange, "set": redis.smembers, "list": lambda k: redis.lrange(k, 0, -1)}
        kind = await redis.type(key)
        found.append(await readers[kind if isinstance(kind, str) else kind.decode()](key))
    return found


def database_text(folder: Path) -> str:
    """Return all that SQL holds."""
    with sqlite3.connect(folder / "tilegate.sqlite") as database:
        return "\n".join(database.iterdump())


async def test_pages_tell_other_sites_nothing_of_their_address(service: Installation) -> None:
    link = await service.add_link(permission="download")
    headers = {"Accept": "text/html", "X-Share-Password": PASSWORD}
    for path in ("", "/files", "/unlock"):
        response = await service.client.get(f"/s/{link['token']}{path}", headers=headers, allow_redirects=False)
        if "text/html" in response.headers.get("Content-Type", ""):
            assert response.headers["Referrer-Policy"] == "no-referrer", path
