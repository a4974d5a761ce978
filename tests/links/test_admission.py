"""Who is admitted, and what is said first of all that is wrong."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from service.accounts.access import Access, Principal
from service.accounts.api_keys import ALL_SCOPES
from service.accounts.bootstrap import Account
from service.accounts.members import Role
from service.accounts.organization import Organization
from service.accounts.organizations import OrganizationStore
from service.accounts.store import AccountStore
from service.catalogue.collection import Collection
from service.catalogue.item import Item
from service.catalogue.store import ItemStore
from service.errors import Gone, NotFound, TilegateError, Unauthenticated
from service.identifiers import ItemId, LinkId, OrganizationId, new_id
from service.links.admission import Authorizer, Client, Credential, Proof
from service.links.credentials.keys import KeySigner
from service.links.credentials.master_key import derive
from service.links.credentials.password_gate import PasswordGate
from service.links.credentials.passwords import Passwords
from service.links.credentials.tokens import TokenSigner
from service.links.link import Link, Permission
from service.links.named_key_store import NamedKeyStore
from service.links.named_keys import KeyOrigins
from service.links.records.change_stream import ChangeStream
from service.links.records.record_cache import RecordCache
from service.links.store import LinkStore
from service.metering.limits import GuessThrottle, TileLimiter
from service.metering.meter import Meter
from service.metering.usage import Units
from service.redis.client import connect_redis
from tests.links.samples import PASSWORD, store_account, store_link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

HERE = Client(address="192.0.2.1")
RIGHT, WRONG = Credential(password=PASSWORD), Credential(password="a wrong one")
KEYS = derive((b"m" * 32,))
OTHER_KEYS = derive((b"x" * 32,))
ORIGIN = "https://maps.example.org"


class CountedPasswords(Passwords):
    """Real bcrypt, counted."""

    checked = 0

    async def check(self, raw: bytes, password_hash: str) -> bool:
        self.checked += 1
        return await super().check(raw, password_hash)


@dataclass(kw_only=True)
class House:
    """A authorizer with real parts, and what tests change behind its back."""

    door: Authorizer
    engine: AsyncEngine
    links: LinkStore
    items: ItemStore
    records: RecordCache[Link]
    meter: Meter
    passwords: CountedPasswords
    account: Account
    tokens: TokenSigner

    async def link(self, **fields: Any) -> tuple[Link, str]:
        link = await store_link(self.engine, self.account, **fields)
        return link, self.tokens.sign(link.id, link.rotation)

    async def change(self, link: Link, **fields: Any) -> Link:
        """Change a link as an operation does."""
        link = await self.links.save(replace(link, **fields))
        await self.meter.raise_version(link.organization_id, link.id, link.version)
        await self.records.publish(link)
        return link

    async def outcome(self, token: str, credential: Credential, client: Client = HERE, **needs: Any) -> str:
        try:
            return (await self.door.admit(token, credential, client, **needs)).proof
        except TilegateError as error:
            return error.code

    def key(self, link: Link, lifetime: float = 60) -> Credential:
        return Credential(key=self.door.new_key(link, lifetime, datetime.now(UTC))[0])


@pytest.fixture
async def house(redis: Redis, sqlite_engine: AsyncEngine) -> AsyncIterator[House]:
    engine = sqlite_engine
    async with CountedPasswords(4) as passwords:
        links, items, tokens = LinkStore(engine), ItemStore(engine), TokenSigner(KEYS.link)

        async def no_collection(_: str) -> None:
            return None

        async def no_ledger(_: object) -> dict[str, int]:
            return {}

        async with Meter(redis, no_ledger) as meter:
            stream = ChangeStream(redis, doubt_for=0)
            stream.hear(math.inf)
            records: RecordCache[Link] = RecordCache("link", Link, redis, lambda key: links.get(LinkId(key)), stream)
            item_records: RecordCache[Item] = RecordCache(
                "item", Item, redis, lambda key: items.get(ItemId(key)), stream
            )
            collections: RecordCache[Collection] = RecordCache("collection", Collection, redis, no_collection, stream)
            store = OrganizationStore(engine)
            organizations: RecordCache[Organization] = RecordCache(
                "organization", Organization, redis, lambda key: store.get(OrganizationId(key)), stream
            )
            throttle = GuessThrottle(redis, per_link=100, per_client=10)
            door = Authorizer(
                tokens=tokens,
                keys=KeySigner(KEYS.key),
                key_origins=KeyOrigins(NamedKeyStore(engine).get),
                organizations=organizations,
                links=records,
                items=item_records,
                collections=collections,
                gate=PasswordGate(passwords, throttle, KEYS.password_cache[0]),
                access=Access(AccountStore(engine)),
                meter=meter,
                tile_limiter=TileLimiter(50),
                own_origin=ORIGIN,
            )
            yield House(
                door=door,
                engine=engine,
                links=links,
                items=items,
                records=records,
                meter=meter,
                passwords=passwords,
                account=await store_account(engine),
                tokens=tokens,
            )


def an_hour(sign: int) -> datetime:
    return datetime.now(UTC) + sign * timedelta(hours=1)


async def test_the_password_a_key_or_being_the_sharer_admits(house: House) -> None:
    link, token = await house.link()
    sharer = Principal(user_id=house.account.user_id, organization_id=house.account.organization_id, scopes=ALL_SCOPES)
    by_password = await house.door.admit(token, RIGHT, HERE)
    by_key = await house.door.admit(token, house.key(link), HERE)
    by_sharer = await house.door.admit(token, Credential(principal=sharer), HERE)
    assert [one.proof for one in (by_password, by_key, by_sharer)] == [Proof.PASSWORD, Proof.KEY, Proof.SHARER]
    assert [one.is_metered for one in (by_password, by_key, by_sharer)] == [True, True, False]
    assert by_key.key_expires_at is not None
    assert by_password.link == link
    assert by_password.target.id == link.target_id


@pytest.mark.parametrize(
    ("credential", "code"),
    [
        pytest.param(Credential(), "password_required", id="nothing"),
        pytest.param(WRONG, "password_invalid", id="wrong password"),
        pytest.param(Credential(password=""), "password_invalid", id="empty password"),
        pytest.param(Credential(key="rubbish"), "key_invalid", id="rubbish key"),
        pytest.param(Credential(key=""), "key_invalid", id="empty key"),
    ],
)
async def test_without_proof_nobody_is_admitted(house: House, credential: Credential, code: str) -> None:
    _, token = await house.link()
    assert await house.outcome(token, credential) == code


async def test_a_wrong_password_is_wrong_whatever_else_is_shown(house: House) -> None:
    link, token = await house.link()
    both = replace(house.key(link), password="a wrong one")
    assert await house.outcome(token, both) == "password_invalid"
    sharer = Principal(user_id=house.account.user_id, organization_id=house.account.organization_id, scopes=ALL_SCOPES)
    assert await house.outcome(token, Credential(key="rubbish", principal=sharer)) == "key_invalid"


async def test_a_user_who_is_no_member_is_no_sharer(house: House) -> None:
    _, token = await house.link()
    store = AccountStore(house.engine)
    stranger = await store.create_user("s@example.org", "S")
    mine = Principal(user_id=stranger, organization_id=house.account.organization_id, scopes=ALL_SCOPES)
    assert await house.outcome(token, Credential(principal=mine)) == "password_required"
    await store.set_member(house.account.project_id, stranger, Role.VIEWER)
    assert await house.outcome(token, Credential(principal=mine)) == "sharer"


async def test_all_tokens_that_lead_nowhere_are_told_alike(house: House) -> None:
    link, token = await house.link(rotation=1)
    told = set()
    for bad in (
        "",
        "rubbish",
        token[:-1],
        token + "=",
        TokenSigner(OTHER_KEYS.link).sign(link.id, 1),
        house.tokens.sign(LinkId(new_id("lnk")), 0),
        house.tokens.sign(link.id, 0),
        house.tokens.sign(link.id, 2),
    ):
        with pytest.raises(NotFound) as missing:
            await house.door.admit(bad, RIGHT, HERE)
        told.add((missing.value.code, missing.value.detail, missing.value.field))
    assert len(told) == 1
    assert (await house.door.find(token)).id == link.id


async def test_a_forged_token_costs_no_redis_no_sql_and_no_bcrypt(house: House, redis: Redis) -> None:
    link, token = await house.link()
    statements = list[str]()
    event.listen(house.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    forged = [
        TokenSigner(OTHER_KEYS.link).sign(link.id, 0),
        TokenSigner(KEYS.key).sign(link.id, 0),
        token[:43] + ("A" if token[43] != "A" else "B"),
        token + "A",
        "A" * 44,
        "A" * 100_000,
        "%00" * 20,
    ]
    await redis.config_resetstat()
    for text in forged * 5:
        for credential in (RIGHT, WRONG, house.key(link), Credential(key="rubbish"), Credential()):
            assert await house.outcome(text, credential) == "share_not_found"
    used = set(await redis.info("commandstats")) - {"cmdstat_config|resetstat", "cmdstat_info"}
    assert (used, statements, house.passwords.checked) == (set(), [], 0)
    assert await house.outcome(token, RIGHT) == "password"
    assert statements
    assert house.passwords.checked == 1


async def test_a_key_costs_no_bcrypt_and_after_the_first_time_no_look_up(house: House, redis: Redis) -> None:
    link, token = await house.link()
    key = house.key(link)
    await house.outcome(token, key)
    await redis.config_resetstat()
    for _ in range(5):
        assert await house.outcome(token, key, confirm=False) == "key"
    used = set(await redis.info("commandstats")) - {"cmdstat_config|resetstat", "cmdstat_info"}
    assert (used, house.passwords.checked) == (set(), 0)


STATES = {
    "revoked": ({"revoked_at": an_hour(-1)}, "share_revoked"),
    "suspended": ({"suspended_at": an_hour(-1)}, "share_suspended"),
    "expired": ({"expires_at": an_hour(-1)}, "share_expired"),
    "not started": ({"starts_at": an_hour(1), "expires_at": None}, "share_not_started"),
}


@pytest.mark.parametrize(("fields", "code"), STATES.values(), ids=STATES)
async def test_the_state_is_told_before_the_password_is_looked_at(
    house: House, fields: dict[str, Any], code: str
) -> None:
    link, token = await house.link(**fields)
    key = house.key(replace(link, expires_at=None))
    for credential in (RIGHT, WRONG, Credential(), key, Credential(key="rubbish"), Credential(password="\ud800")):
        assert await house.outcome(token, credential, needs=Permission.WRITE) == code
    assert house.passwords.checked == 0


async def test_the_throttle_stands_before_the_password(house: House) -> None:
    _, token = await house.link()
    outcomes = [await house.outcome(token, Credential(password=f"wrong {n}")) for n in range(11)]
    assert outcomes == ["password_invalid"] * 10 + ["too_many_attempts"]
    assert await house.outcome(token, RIGHT) == "too_many_attempts"
    assert house.passwords.checked == 10


async def test_holders_of_a_key_are_never_slowed_by_guesses(house: House) -> None:
    link, token = await house.link()
    for n in range(12):
        await house.outcome(token, Credential(password=f"wrong {n}"))
    assert await house.outcome(token, house.key(link)) == "key"


async def test_the_password_stands_before_the_permission_and_that_before_the_origin(house: House) -> None:
    _, token = await house.link(allowed_origins=("https://a.example",))
    elsewhere = replace(HERE, origin="https://evil.example")
    assert await house.outcome(token, WRONG, elsewhere, needs=Permission.WRITE) == "password_invalid"
    assert await house.outcome(token, RIGHT, elsewhere, needs=Permission.WRITE) == "permission_denied"
    assert await house.outcome(token, RIGHT, elsewhere) == "origin_not_allowed"
    assert await house.outcome(token, RIGHT) == "password"


async def test_a_permission_includes_the_lesser_ones(house: House) -> None:
    order = [Permission.VIEW, Permission.DOWNLOAD, Permission.WRITE]
    for has in order:
        link, token = await house.link(permission=has)
        for needs in order:
            expected = "key" if order.index(has) >= order.index(needs) else "permission_denied"
            assert await house.outcome(token, house.key(link), needs=needs) == expected, (has, needs)


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        pytest.param((), "https://any.example", "key", id="all are allowed"),
        pytest.param(("https://a.example",), "https://a.example", "key", id="the allowed one"),
        pytest.param(("https://a.example",), ORIGIN, "key", id="our own page"),
        pytest.param(("https://a.example",), None, "key", id="no web page"),
        pytest.param(("https://a.example",), "https://b.example", "origin_not_allowed", id="another"),
        pytest.param(("https://a.example",), "http://a.example", "origin_not_allowed", id="another scheme"),
        pytest.param(("https://a.example",), "https://a.example.evil", "origin_not_allowed", id="a longer one"),
        pytest.param(("https://a.example",), "https://a.example:444", "origin_not_allowed", id="another port"),
        pytest.param(("https://a.example",), "null", "origin_not_allowed", id="a sandboxed page"),
        pytest.param(("https://a.example",), "", "origin_not_allowed", id="empty"),
    ],
)
async def test_a_link_is_used_from_allowed_origins(
    house: House, allowed: tuple[str, ...], origin: str | None, expected: str
) -> None:
    link, token = await house.link(allowed_origins=allowed)
    assert await house.outcome(token, house.key(link), replace(HERE, origin=origin)) == expected


async def test_a_key_is_of_one_link(house: House) -> None:
    first, _ = await house.link()
    _, token = await house.link()
    assert await house.outcome(token, house.key(first)) == "key_invalid"


async def test_a_key_dies_with_its_generation_and_expiry(house: House) -> None:
    link, token = await house.link()
    old = house.key(link)
    assert await house.outcome(token, house.key(link, lifetime=-1)) == "key_expired"
    link = await house.change(link, generation=2)
    assert await house.outcome(token, old) == "key_invalid"
    assert await house.outcome(token, house.key(link)) == "key"


async def test_a_key_lives_no_longer_than_its_link(house: House) -> None:
    now = datetime.now(UTC)
    link, _ = await house.link(expires_at=now + timedelta(seconds=30))
    assert house.door.new_key(link, 3600, now)[1] == link.expires_at
    assert house.door.new_key(link, 10, now)[1] == now + timedelta(seconds=10)
    assert house.door.new_key(replace(link, expires_at=None), 3600, now)[1] == now + timedelta(hours=1)


async def test_a_key_that_is_newer_than_our_record_makes_us_look_again(house: House) -> None:
    link, token = await house.link()
    await house.outcome(token, RIGHT)
    newer = await house.links.save(replace(link, generation=2))  # by another worker, and we have not heard of it
    assert await house.outcome(token, house.key(newer)) == "key"
    assert await house.outcome(token, house.key(replace(newer, generation=3))) == "key_invalid"


async def test_what_we_then_see_must_be_active_too(house: House) -> None:
    link, token = await house.link()
    await house.outcome(token, RIGHT)
    newer = await house.links.save(replace(link, generation=2, suspended_at=datetime.now(UTC)))
    assert await house.outcome(token, house.key(newer)) == "share_suspended"


async def test_a_changed_password_ends_the_old_one(house: House) -> None:
    link, token = await house.link()
    assert await house.outcome(token, RIGHT) == "password"
    await house.change(link, generation=2, password_hash=await house.passwords.hash("another password"))
    assert await house.outcome(token, RIGHT) == "password_invalid"
    assert await house.outcome(token, Credential(password="another password")) == "password"


async def test_an_old_record_admits_nobody_by_password_once_the_meter_knows_better(house: House) -> None:
    link, token = await house.link()
    await house.door.find(token)
    await house.meter.raise_version(link.organization_id, link.id, 2)
    assert await house.outcome(token, RIGHT) == "share_revoked"


@dataclass(kw_only=True)
class Outdated:
    """A link that another worker has changed, while our record of it is the one from before."""

    house: House
    link: Link
    token: str

    @classmethod
    async def make(cls, house: House, **changes: Any) -> Outdated:
        link, token = await house.link(permission=Permission.DOWNLOAD)
        await house.outcome(token, house.key(link))
        newer = await house.links.save(replace(link, **changes))
        await house.meter.raise_version(link.organization_id, link.id, newer.version)
        assert await house.records.get(link.id) == link
        return cls(house=house, link=link, token=token)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "revoked": ({"revoked_at": an_hour(-1), "generation": 2}, "share_revoked"),
    "rotated": ({"rotation": 1, "generation": 2}, "share_not_found"),
    "suspended": ({"suspended_at": an_hour(-1)}, "share_suspended"),
    "narrowed": ({"permission": Permission.VIEW, "generation": 2}, "key_invalid"),
    "given a new password": ({"password_hash": "x", "generation": 2}, "key_invalid"),
    "given fewer zooms": ({"max_zoom": 3}, "backend_unavailable"),
}


@pytest.mark.parametrize(("changes", "code"), CHANGES.values(), ids=CHANGES)
async def test_nothing_leaves_on_an_outdated_record(house: House, changes: dict[str, Any], code: str) -> None:
    """What is not metered asks first, an image is charged, and what turns out to be empty is confirmed."""
    at_once = "key" if code == "backend_unavailable" else code  # judged by the new record from the beginning
    for step in ("admit", "charge", "confirm"):
        outdated = await Outdated.make(house, **changes)
        if step == "admit":
            assert await house.outcome(outdated.token, house.key(outdated.link)) == at_once
            continue
        admission = await house.door.admit(outdated.token, house.key(outdated.link), HERE, confirm=False)
        with pytest.raises(TilegateError) as refused:
            await (
                house.door.charge(admission, Units(renders=1)) if step == "charge" else house.door.confirm(admission)
            )
        assert refused.value.code == code
        assert (await house.meter.link_usage(outdated.link.organization_id, [outdated.link.id]))[
            outdated.link.id
        ].units.renders == 0


async def test_a_change_of_words_or_limits_disturbs_nobody(house: House) -> None:
    outdated = await Outdated.make(house, name="another", description="words", max_renders=1)
    admission = await house.door.admit(outdated.token, house.key(outdated.link), HERE, confirm=False)
    await house.door.confirm(admission)
    await house.door.charge(admission, Units(renders=1))
    with pytest.raises(Gone) as refused:
        await house.door.charge(admission, Units(renders=1))
    assert refused.value.code == "limit_reached"


async def test_to_look_whether_a_link_is_the_newest_is_one_question_to_redis(house: House, redis: Redis) -> None:
    link, token = await house.link()
    await house.outcome(token, house.key(link))
    await redis.config_resetstat()
    assert await house.outcome(token, house.key(link)) == "key"
    stats = await redis.info("commandstats")
    assert set(stats) - {"cmdstat_config|resetstat", "cmdstat_info"} == {"cmdstat_hmget"}
    assert stats["cmdstat_hmget"]["calls"] == 1


async def test_where_redis_does_not_answer_sql_is_asked_whether_the_link_is_the_newest(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outdated = await Outdated.make(house, revoked_at=an_hour(-1))
    monkeypatch.setattr(house.meter._counters, "_redis", connect_redis(f"unix://{tmp_path}/nothing.sock"))
    assert await house.outcome(outdated.token, house.key(outdated.link)) == "share_revoked"
    other, token = await house.link()
    assert await house.outcome(token, house.key(other)) == "key"


async def test_a_target_that_went_is_gone(house: House) -> None:
    link, token = await house.link()
    item = await house.items.get(link.target_id)
    assert item is not None
    await house.items.save(replace(item, deleted_at=datetime.now(UTC)))
    assert await house.outcome(token, house.key(link)) == "target_gone"


async def test_a_client_that_asks_for_too_much_waits(house: House) -> None:
    link, token = await house.link()
    outcomes = [await house.outcome(token, house.key(link)) for _ in range(52)]
    assert outcomes == ["key"] * 50 + ["rate_limited"] * 2
    assert await house.outcome(token, house.key(link), Client(address="192.0.2.2")) == "key"


async def views(house: House, link: Link) -> int:
    return (await house.meter.link_usage(link.organization_id, [link.id]))[link.id].units.views


async def test_a_password_opens_one_view_and_each_visit_another(house: House) -> None:
    link, token = await house.link()
    for _ in range(3):
        await house.outcome(token, RIGHT)
    assert await views(house, link) == 1
    for _ in range(3):
        await house.outcome(token, RIGHT, visit=True)
    assert await views(house, link) == 4
    await house.outcome(token, house.key(link), visit=True)
    await house.outcome(token, WRONG, visit=True)
    assert await views(house, link) == 4


async def test_max_views_is_exact_for_visitors_at_the_same_time(house: House) -> None:
    link, token = await house.link(max_views=7)
    visits = await asyncio.gather(*(house.outcome(token, RIGHT, visit=True) for _ in range(30)))
    assert (visits.count("password"), visits.count("limit_reached")) == (7, 23)
    assert await views(house, link) == 7
    assert await house.outcome(token, house.key(link)) == "key"


async def test_a_link_without_views_left_admits_no_new_password(house: House) -> None:
    _, token = await house.link(max_views=0)
    assert await house.outcome(token, RIGHT) == "limit_reached"
    assert await house.outcome(token, RIGHT) == "limit_reached"
    with pytest.raises(Unauthenticated):
        await house.door.admit(token, WRONG, HERE)
