"""Random requests for tiles: with what addresses said remembered or not, answers and traces are the same."""

from __future__ import annotations

import base64
import json
import logging
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from service.api.keys import METRICS
from service.api.tiles.tile_path import TILE_PATH
from service.api.tiles.tile_plans import Plans
from service.delivery.images.tile_cache import TileCache
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

ORIGIN = "https://maps.example"
OWN = {"Date", "X-Request-ID", "RateLimit-Reset", "RateLimit", "Retry-After", "Content-Length"}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "zooms": {"min_zoom": 7, "max_zoom": 8},
    "area": {"area": True},
    "marked": {"watermark": "For ACME"},
    "custom": {"custom_render": True},
    "limited": {"max_renders": 3},
    "origins": {"allowed_origins": [ORIGIN]},
    "bundle": {"targets": True},
    "mosaic": {"target_type": "collection"},
    "late": {"starts_at": (datetime.now(UTC) + timedelta(hours=2)).isoformat()},
    "expired": {},
}
CREDENTIALS = (
    *("key", "key", "key", "key", "key header", "cookie", "password", "Basic", "wrong password", "broken Basic"),
    *("no key", "wrong key", "expired key", "key of another", "sharer", "wrong bearer", "named key", "bound key"),
)
PLACES = (
    "8/72/110",
    "8/72/111",
    "8/73/110",
    "8/0/0",
    "7/36/55",
    "9/145/220",
    "8/999/1",
    "31/0/0",
    "8/x/1",
    "08/72/110",
)
ENDINGS = (".png", ".png", ".jpg", ".webp", "@2x.png", ".gif", "", "%2Epng", ".png.png")
QUERIES = (
    *("", "", "", "empty=transparent", "profile=nothing", "bidx=1", "bidx=x", "rescale=0,9", "item=itm_nothing"),
    *("n=1", "n=%00", "item=second", "item=first"),
)
HEADERS: tuple[dict[str, str], ...] = (
    *({}, {}, {}, {"Origin": ORIGIN}, {"Origin": "https://other.example"}, {"Referer": f"{ORIGIN}/a"}),
    *({"If-None-Match": "*"}, {"If-None-Match": "held"}, {"If-None-Match": '"another"'}, {"Range": "bytes=0-9"}),
    *(
        {"Accept": "text/html"},
        {"Connection": "close"},
        {"X-Request-ID": "given-0123456789"},
        {"Expect": "100-continue"},
    ),
    *({"Sec-Fetch-Mode": "cors"}, {"User-Agent": "caf\udce9"}, {"X-Forwarded-For": "192.0.2.1"}),
)
CHANGES = ("none", "none", "none", "none", "describe", "suspend", "resume", "mark", "narrow", "drop tiles")


@dataclass(frozen=True)
class Step:
    """A request, what is changed before it, and how often it is sent."""

    kind: str
    credential: str
    place: str
    ending: str
    query: str
    headers: dict[str, str] = field(hash=False)
    change: str
    times: int


STEPS = st.builds(
    Step,
    kind=st.sampled_from(sorted(KINDS)),
    credential=st.sampled_from(CREDENTIALS),
    place=st.sampled_from(PLACES),
    ending=st.sampled_from(ENDINGS),
    query=st.sampled_from(QUERIES),
    headers=st.sampled_from(HEADERS),
    change=st.sampled_from(CHANGES),
    times=st.integers(1, 3),
)


class World:
    """Links of an installation, and all that requests for their tiles leave behind."""

    def __init__(self, service: Installation, *, remembers: bool) -> None:
        self.service, self.remembers = service, remembers
        self.links: dict[str, Any] = {}
        self.keys: dict[str, dict[str, str]] = {}
        self.items: dict[str, str] = {}
        self.held = '"none"'
        self.traces = list[object]()
        self._names: dict[str, str] = {}
        assert service.client.app is not None
        self._app = service.client.app
        services = service.services
        self._plans = Plans(services.links.tokens, services.links.key_signer, 50 if remembers else 0)
        self._cache = TileCache(10**8)

    async def build(self, items: list[Any], collection: Any) -> None:
        """Make the links."""
        west, south, east, north = items[0]["bounds"]
        ring = [[west, south], [west, north], [(west + east) / 2, north], [(west + east) / 2, south], [west, south]]
        for kind, fields in KINDS.items():
            said = dict(fields)
            said |= {"area": {"type": "Polygon", "coordinates": [ring]}} if "area" in said else {}
            said |= {"targets": [{"target_type": "item", "target_id": items[1]["id"]}]} if "targets" in said else {}
            target = collection if kind == "mosaic" else items[0]
            self.links[kind] = link = await self.service.add_link(target, **said)
            self._names |= {link["id"]: f"LINK {kind}", link["token"]: f"TOKEN {kind}"}
            self.keys[kind] = await self._keys(link)
        self.items = {"first": items[0]["id"], "second": items[1]["id"]}
        await self._expire(self.links["expired"])

    async def _keys(self, link: Any) -> dict[str, str]:
        services, now = self.service.services, datetime.now(UTC)
        record = await services.links.store.get(link["id"])
        assert record is not None
        named = await self.service.ask("share.key.create", link_id=link["id"], label="A")
        fields = {"link_id": link["id"], "label": "B", "allowed_origins": [ORIGIN]}
        bound = await self.service.ask("share.key.create", **fields)
        self._names |= {named["id"]: "NAMED", bound["id"]: "BOUND"}
        return {
            "key": services.links.authorizer.new_key(record, 3600, now)[0],
            "expired key": services.links.authorizer.new_key(record, -5, now)[0],
            "named key": named["key"],
            "bound key": bound["key"],
        }

    async def _expire(self, link: Any) -> None:
        services = self.service.services
        record = await services.links.store.get(link["id"])
        assert record is not None
        past = datetime.now(UTC) - timedelta(minutes=1)
        changed = await services.links.store.save(replace(record, expires_at=past))
        await services.metering.meter.raise_version(changed.organization_id, changed.id, changed.version)
        await services.records.links.publish(changed)

    async def play(self, step: Step) -> None:
        """Send a request, and note what came of it."""
        await self._change(step)
        path, headers = self._request(step)
        services, before = self.service.services, self._metrics()
        self._app[TILE_PATH].plans, kept = self._plans, services.images.tiles._cache
        services.images.tiles._cache, noted, lines = self._cache, list[Any](), Lines()
        original = services.events.log.note
        services.events.log.note = lambda use, _: noted.append(use)  # type: ignore[method-assign]
        logger = logging.getLogger("service.access")
        logger.addHandler(lines)
        logger.setLevel(logging.INFO)
        try:
            for _ in range(step.times):
                answer = await self.service.client.session.get(_url(self.service, path), headers=headers)
                self._note(answer, await answer.read())
                self.service.client.session.cookie_jar.clear()
        finally:
            logger.removeHandler(lines)
            services.images.tiles._cache, services.events.log.note = kept, original  # type: ignore[method-assign]
        self.traces.append([self._plain(str(use)) for use in noted])
        self.traces.append([self._plain(line) for line in lines.told])
        after = self._metrics()
        self.traces.append({name: value - before.get(name, 0) for name, value in after.items()})

    async def counters(self) -> dict[str, object]:
        """Return what was counted for each link."""
        rows = await self.service.services.metering.meter.link_usage(
            self.service.account.organization_id, [link["id"] for link in self.links.values()]
        )
        return {self._names[id_]: usage.units for id_, usage in rows.items()}

    async def _change(self, step: Step) -> None:
        id_ = self.links[step.kind]["id"]
        updates: dict[str, dict[str, Any]] = {
            "describe": {"description": "Told otherwise"},
            "mark": {"watermark": "Marked anew"},
            "narrow": {"max_zoom": 8},
        }
        if step.change in {"suspend", "resume"}:
            await self.service.post(f"share.link.{step.change}", link_id=id_)
        elif step.change in updates:
            await self.service.post("share.link.update", link_id=id_, **updates[step.change])
        elif step.change == "drop tiles":
            self._cache = TileCache(10**8)

    def _request(self, step: Step) -> tuple[str, dict[str, str]]:
        keys, headers, key = self.keys[step.kind], dict(step.headers), None
        if headers.get("If-None-Match") == "held":
            headers["If-None-Match"] = self.held
        if step.credential in keys:
            key = keys[step.credential]
        elif step.credential == "wrong key":
            key = "A" * 68
        elif step.credential == "key of another":
            key = self.keys["plain" if step.kind != "plain" else "area"]["key"]
        headers |= {
            "key header": {"X-Share-Key": keys["key"]},
            "cookie": {"Cookie": f"tilegate_key={keys['key']}"},
            "password": {"X-Share-Password": PASSWORD},
            "wrong password": {"X-Share-Password": "a wrong password"},
            "Basic": {"Authorization": f"Basic {base64.b64encode(f'a:{PASSWORD}'.encode()).decode()}"},
            "broken Basic": {"Authorization": "Basic %%%"},
            "sharer": self.service.headers,
            "wrong bearer": {"Authorization": "Bearer tg_nobody"},
        }.get(step.credential, {})
        query = [step.query] if step.query else []
        for name, id_ in self.items.items():
            query = [text.replace(f"item={name}", f"item={id_}") for text in query]
        query += [f"key={key}"] if key else []
        path = f"/s/{self.links[step.kind]['token']}/{step.place}{step.ending}"
        return path + ("?" + "&".join(query) if query else ""), headers

    def _note(self, answer: Any, body: bytes) -> None:
        headers = {name: self._plain(value) for name, value in answer.headers.items() if name not in OWN}
        if answer.headers.get("ETag"):
            self.held = answer.headers["ETag"]
        if "json" in answer.headers.get("Content-Type", ""):
            document = json.loads(body)
            assert document.pop("request_id") == answer.headers["X-Request-ID"]
            body = self._plain(json.dumps(document)).encode()
        self.traces.append((answer.status, headers, body))

    def _metrics(self) -> dict[str, float]:
        measured = self._app[METRICS]
        measured.tell_lots()
        return {
            f"{sample.name} {sample.labels}": sample.value
            for family in measured.registry.collect()
            for sample in family.samples
            if sample.name.endswith("_total") or sample.name.endswith("seconds_count")
        }

    def _plain(self, text: str) -> str:
        for name, word in self._names.items():
            text = text.replace(name, word)
        return text


class Lines(logging.Handler):
    """The access log, but for what differs from request to request."""

    def __init__(self) -> None:
        super().__init__()
        self.told = list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record.args, dict)
        told = record.args
        self.told.append(f"{told['method']} {told['route']} {told['status']} {told['link_id']}")


def _url(service: Installation, path: str) -> Any:
    """The address as it is written, for the client would unescape it."""
    return URL(str(service.client.make_url("/")).rstrip("/") + path, encoded=True)


@pytest.fixture
async def worlds(install: Callable[..., Awaitable[Installation]]) -> tuple[World, World]:
    """Two sets of links of the same rasters: for one of them plans are remembered, for the other never."""
    service = await install(
        rate_tiles=10**6,
        rate_create=10**6,
        rate_update=10**6,
        guesses_per_link=10**6,
        guesses_per_client=10**6,
        tile_store_bytes=0,  # it is written a moment later: whether a tile came from a cache would be a matter of time
    )
    shutil.copy(DATA / "RGB.byte.tif", service.root / "second.tif")
    first = await service.add_item()
    second = await service.ask("item.create", project_id=service.account.project_id, root="files", path="second.tif")
    collection = await service.ask(
        "collection.create", project_id=service.account.project_id, name="c", item_ids=[first["id"], second["id"]]
    )
    made = World(service, remembers=True), World(service, remembers=False)
    for world in made:
        await world.build([first, second], collection)
    return made


def drawn(examples: int) -> settings:
    """So many sequences of requests: a fifth of a second each."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


@drawn(12)
@given(steps=st.lists(STEPS, min_size=2, max_size=12))
async def test_what_addresses_said_is_remembered_or_not_and_all_is_the_same(
    worlds: tuple[World, World], steps: list[Step]
) -> None:
    await assert_all_is_the_same(worlds, steps)


@pytest.mark.slow
@drawn(60)
@given(steps=st.lists(STEPS, min_size=2, max_size=12))
async def test_whatever_is_asked_plans_change_nothing(worlds: tuple[World, World], steps: list[Step]) -> None:
    await assert_all_is_the_same(worlds, steps)


async def assert_all_is_the_same(worlds: tuple[World, World], steps: list[Step]) -> None:
    for step in steps:
        for world in worlds:
            world.traces.clear()
            await world.play(step)
        assert worlds[0].traces == worlds[1].traces, step
    assert await worlds[0].counters() == await worlds[1].counters()
