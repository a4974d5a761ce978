"""Links that open by a code which is sent to a recipient by e-mail."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from service.links.credentials.code_gate import CodeGate
from service.links.credentials.codes import CodeSigner, new_seed
from service.metering.limits import GuessThrottle, RateLimiter
from tests.conftest import PASSWORD
from tests.links.samples import make_link
from tests.mail.sink import open_sink
from tests.operations.people import mail_settings, session_settings, signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.conftest import Installation
    from tests.mail.sink import Sink

ANN, BEN, STRANGER = "ann@example.com", "ben@example.com", "nobody@example.com"
SECRET = b"k" * 32


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


@pytest.fixture
async def service(install: Callable[..., Awaitable[Installation]], sink: Sink) -> Installation:
    return await install(**mail_settings(sink))


async def link_by_code(service: Installation, **fields: Any) -> dict[str, Any]:
    return await service.add_link(**{"open_with": "code", "password": None, "recipients": [ANN, BEN], **fields})


async def code_for(service: Installation, sink: Sink, link: dict[str, Any], email: str = ANN) -> str:
    before = len(sink.accepted)
    response = await service.post("share.code.request", {}, token=link["token"], email=email)
    assert response.status == 200, await response.text()
    letter = (await sink.wait_for(before + 1))[-1]
    assert letter["To"] == email
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (code,) = re.findall(r"^(\d{6})\r?$", text, re.MULTILINE)
    return str(code)


async def redeem(service: Installation, link: dict[str, Any], email: str, code: str) -> tuple[int, dict[str, Any]]:
    response = await service.post("share.code.redeem", {}, token=link["token"], email=email, code=code)
    return response.status, await response.json()


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


async def test_a_recipient_opens_a_link_by_the_code_that_was_sent(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service, max_views=2)
    code = await code_for(service, sink, link)
    status, opened = await redeem(service, link, ANN.upper(), code)
    assert (status, opened["permission"], opened["view_count"]) == (200, "view", 1)
    tile = await service.client.get(f"/s/{link['token']}/8/72/110.png?key={opened['key']}")
    assert (tile.status, tile.headers["X-Metered"]) == (200, "1")
    status, problem = await redeem(service, link, ANN, code)
    assert (status, problem["code"]) == (401, "code_invalid")

    (key,) = (await service.ask("share.key.list", link_id=link["id"]))["keys"]
    assert (key["label"], key["recipient"], key["status"]) == (ANN, ANN, "active")
    events = (await service.ask("share.link.events", link_id=link["id"]))["events"]
    assert {(one["kind"], one["status"], one["key_label"]) for one in events} >= {
        ("unlock", 200, ANN),
        ("tiles", 200, ANN),
        ("unlock", 401, None),
    }
    mails = (await service.ask("share.link.get", link_id=link["id"]))["mails"]
    assert [(mail["kind"], mail["recipient"]) for mail in mails] == [("code", ANN)]
    assert code not in sink.accepted[0]["Subject"]


async def test_the_second_code_of_a_recipient_gives_the_key_that_they_have(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service, expires_in_hours=100)
    keys = [(await redeem(service, link, ANN, await code_for(service, sink, link)))[1]["key"] for _ in range(2)]
    assert keys[0] == keys[1]
    assert (await redeem(service, link, BEN, await code_for(service, sink, link, BEN)))[1]["key"] != keys[0]


async def test_what_a_recipient_came_by_ends_when_they_are_one_no_more(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service)
    opened = (await redeem(service, link, ANN, await code_for(service, sink, link)))[1]
    waiting = await code_for(service, sink, link)
    await service.ask("share.link.update", link_id=link["id"], recipients=[BEN])
    info = await service.client.get(f"/s/{link['token']}/info?key={opened['key']}")
    assert (info.status, (await info.json())["code"]) == (401, "key_invalid")
    assert (await redeem(service, link, ANN, waiting))[0] == 401


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("share.link.suspend", 410), ("share.link.rotate", 404), ("share.link.revoke", 410)],
)
async def test_a_code_ends_with_its_link(service: Installation, sink: Sink, operation: str, expected: int) -> None:
    link = await link_by_code(service)
    code = await code_for(service, sink, link)
    changed = await service.ask(operation, link_id=link["id"])
    assert (await redeem(service, link, ANN, code))[0] == expected
    if "token" in changed and changed["token"] != link["token"]:
        assert (await redeem(service, changed, ANN, code))[0] == 401


async def test_a_code_has_five_tries(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service)
    code = await code_for(service, sink, link)
    for _ in range(5):
        status, problem = await redeem(service, link, ANN, another(code))
        assert (status, problem["code"]) == (401, "code_invalid")
        assert problem["detail"].endswith("ask for a new one.")
    assert (await redeem(service, link, ANN, code))[0] == 401
    assert (await redeem(service, link, ANN, await code_for(service, sink, link)))[0] == 200


async def test_of_two_who_give_the_same_code_one_is_let_in(redis: Redis) -> None:
    gate, link, _ = gate_at(redis)
    seed = await gate.new(link, ANN, "192.0.2.1")
    code = CodeSigner(SECRET).code(link.id, link.generation, ANN, seed)
    assert await outcome(gate.redeem(link, ANN, code, "192.0.2.1")) == ""
    assert await outcome(gate.redeem(link, ANN, code, "192.0.2.1")) == "code_invalid"


async def test_a_code_is_good_for_ten_minutes(redis: Redis) -> None:
    gate, link, moment = gate_at(redis)
    for wait, expected in ((599.0, ""), (600.0, "code_invalid")):
        moment[:] = [1_000_000.0]
        code = CodeSigner(SECRET).code(link.id, 1, ANN, await gate.new(link, ANN, "192.0.2.1"))
        moment[:] = [1_000_000.0 + wait]
        assert await outcome(gate.redeem(link, ANN, code, "192.0.2.1")) == expected


async def test_a_newer_code_ends_the_one_before(redis: Redis) -> None:
    gate, link, _ = gate_at(redis)
    codes = [CodeSigner(SECRET).code(link.id, 1, ANN, await gate.new(link, ANN, "192.0.2.1")) for _ in range(2)]
    if codes[0] != codes[1]:
        assert await outcome(gate.redeem(link, ANN, codes[0], "192.0.2.1")) == "code_invalid"
    assert await outcome(gate.redeem(link, ANN, codes[1], "192.0.2.1")) == ""


async def test_a_mailbox_is_not_flooded_nor_a_network_let_ask_for_ever(redis: Redis) -> None:
    gate, link, _ = gate_at(redis)
    outcomes = [await outcome(gate.new(link, ANN, f"192.0.{each}.1")) for each in range(6)]
    assert outcomes == [""] * 5 + ["rate_limited"]
    assert await outcome(gate.new(link, BEN, "192.0.2.1")) == ""
    others = [make_link(recipients=(BEN,)) for _ in range(20)]
    assert [await outcome(gate.new(other, BEN, "192.0.2.1")) for other in others] == [""] * 19 + ["rate_limited"]
    asked = [await outcome(gate.new(link, f"a{each}@example.com", "198.51.100.1")) for each in range(11)]
    assert asked == [""] * 10 + ["rate_limited"]


async def test_wrong_codes_are_throttled_as_passwords_are(redis: Redis) -> None:
    gate, link, _ = gate_at(redis)
    outcomes = [await outcome(gate.redeem(link, ANN, "000000", "192.0.2.1")) for _ in range(11)]
    assert outcomes == ["code_invalid"] * 10 + ["too_many_attempts"]
    assert await outcome(gate.redeem(link, ANN, "000000", "198.51.100.1")) == "code_invalid"


def test_codes_of_other_links_generations_and_addresses_are_others() -> None:
    signer, link, seed = CodeSigner(SECRET), make_link(), new_seed()
    codes = {
        signer.code(link.id, 1, ANN, seed),
        signer.code(link.id, 2, ANN, seed),
        signer.code(link.id, 1, BEN, seed),
        signer.code(make_link().id, 1, ANN, seed),
        CodeSigner(b"x" * 32).code(link.id, 1, ANN, seed),
    }
    assert len(codes) >= 4
    many = Counter(signer.code(link.id, 1, ANN, str(each))[0] for each in range(5000))
    assert len(many) == 10
    assert max(many.values()) < 650


async def test_nobody_learns_who_is_a_recipient(service: Installation, sink: Sink) -> None:
    """The same answer by the same work: what is asked of Redis and SQL before it, and the HMACs that are made."""
    link = await link_by_code(service)
    await redeem(service, link, BEN, another(await code_for(service, sink, link, BEN)))  # scripts are loaded
    asked, told = {}, {}
    for email in (ANN, STRANGER):
        with counted(service) as counts:
            response = await service.post("share.code.request", {}, token=link["token"], email=email)
            asked[email], told[email] = dict(counts), (response.status, await response.json())
        with counted(service) as counts:
            wrong = await redeem(service, link, email, "000000")
            asked[email] |= {f"redeem {name}": count for name, count in counts.items()}
            told[email] = (*told[email], wrong[0], wrong[1]["detail"])
    assert asked[ANN] == asked[STRANGER]
    assert asked[ANN]["hmac"] >= 1
    assert asked[ANN]["redeem redis EVALSHA"] >= 2
    assert told[ANN] == told[STRANGER]
    await service.services.mail.deferred.flush()
    mails = (await service.ask("share.link.get", link_id=link["id"]))["mails"]
    assert {mail["recipient"] for mail in mails} == {ANN, BEN}


async def test_a_stranger_is_not_let_in_by_the_code_that_would_be_theirs(service: Installation) -> None:
    link = await link_by_code(service)
    links, signer = service.services.links, service.services.links.code_signer
    record = await links.authorizer.find(link["token"])
    code = signer.code(record.id, record.generation, STRANGER, await links.codes.new(record, STRANGER, "192.0.2.1"))
    assert (await redeem(service, link, STRANGER, code))[0] == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": f"{ANN}\nBcc: {BEN}"}, "email"),
        ({"email": f"{ANN}\n"}, "email"),
        ({"email": f"\r{ANN}"}, "email"),
        ({"email": "ann"}, "email"),
        ({"email": ANN, "code": "12345"}, "code"),
        ({"email": ANN, "code": "12345x"}, "code"),
        ({"email": ANN, "code": "\uff11" * 6}, "code"),
    ],
    ids=["header", "line-break", "carriage-return", "no-address", "short", "letter", "wide-digits"],
)
async def test_what_is_no_address_or_no_code_is_named(service: Installation, body: dict[str, str], field: str) -> None:
    link = await link_by_code(service)
    operation = "share.code.redeem" if "code" in body else "share.code.request"
    response = await service.post(operation, {}, token=link["token"], **body)
    assert (response.status, (await response.json())["field"]) == (422, field)


async def test_only_the_code_opens_a_link_that_opens_by_code(service: Installation) -> None:
    link = await link_by_code(service)
    for headers, code in (({}, "code_required"), ({"X-Share-Password": PASSWORD}, "code_required")):
        info = await service.client.get(f"/s/{link['token']}/info", headers=headers)
        assert (info.status, (await info.json())["code"]) == (401, code)
    validated = await service.post("share.link.validate", {}, token=link["token"], password="")
    assert validated.status == 401
    other = await service.add_link(recipients=[ANN])
    response = await service.post("share.code.request", {}, token=other["token"], email=ANN)
    assert (response.status, (await response.json())["code"]) == (403, "permission_denied")


async def test_either_opens_a_link_that_says_so(service: Installation, sink: Sink) -> None:
    link = await service.add_link(open_with="either", recipients=[ANN])
    by_password = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert by_password.status == 200
    assert (await redeem(service, link, ANN, await code_for(service, sink, link)))[0] == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"open_with": "code", "password": PASSWORD, "recipients": [ANN]}, "password"),
        ({"open_with": "code", "password": None, "recipients": []}, "recipients"),
        ({"open_with": "either", "password": None, "recipients": [ANN]}, "password"),
        ({"open_with": "door", "password": PASSWORD}, "open_with"),
    ],
)
async def test_what_no_link_can_open_by_is_refused(service: Installation, fields: dict[str, Any], field: str) -> None:
    item = await service.add_item()
    target = {"target_type": "item", "target_id": item["id"], "expires_in_hours": 1}
    response = await service.post("share.link.create", service.headers, **target, **fields)
    assert (response.status, (await response.json())["field"]) == (422, field)


async def test_links_do_not_open_by_code_where_no_mail_is_sent(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install()
    item = await service.add_item()
    target = {"target_type": "item", "target_id": item["id"], "expires_in_hours": 1, "password": None}
    response = await service.post("share.link.create", service.headers, **target, open_with="code", recipients=[ANN])
    assert (response.status, (await response.json())["field"]) == (422, "open_with")


async def test_what_opens_a_link_can_be_changed(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service)
    opened = (await redeem(service, link, ANN, await code_for(service, sink, link)))[1]
    update = {"link_id": link["id"]}
    refused = await service.post("share.link.update", service.headers, **update, open_with="password")
    assert (refused.status, (await refused.json())["field"]) == (422, "password")
    changed = await service.ask("share.link.update", **update, open_with="either", password=PASSWORD)
    assert (changed["open_with"], changed["has_password"]) == ("either", True)
    changed = await service.ask("share.link.update", **update, open_with="code")
    assert (changed["open_with"], changed["has_password"]) == ("code", False)
    refused = await service.post("share.link.update", service.headers, **update, recipients=[])
    assert (refused.status, (await refused.json())["field"]) == (422, "recipients")
    info = await service.client.get(f"/s/{link['token']}/info?key={opened['key']}")
    assert info.status == 401


async def test_who_signs_in_has_a_key_of_their_own_too(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path
) -> None:
    service = await install(**session_settings(tmp_path))
    link = await service.add_link(recipients=[ANN])
    claimed = await (await service.post("share.link.claim", signed_in(ANN), token=link["token"])).json()
    (key,) = (await service.ask("share.key.list", link_id=link["id"]))["keys"]
    assert (key["recipient"], key["expires_at"]) == (ANN, claimed["key_expires_at"])


async def test_the_page_takes_an_address_and_a_code_without_scripts(service: Installation, sink: Sink) -> None:
    link = await link_by_code(service)
    page, form = f"/s/{link['token']}", {"headers": {"Accept": "text/html"}, "allow_redirects": False}
    shown = await (await service.client.get(page)).text()
    assert 'id="code-request"' in shown
    assert 'id="lock"' not in shown
    assert ANN not in shown
    bad = await service.client.post(f"{page}/code", data={"email": "ann\n@example.com"}, **form)
    assert (bad.status, "line breaks" in await bad.text()) == (422, True)
    answers = [await service.client.post(f"{page}/code", data={"email": who}, **form) for who in (ANN, STRANGER)]
    pages = [await answer.text() for answer in answers]
    assert pages[0].replace(ANN, STRANGER) == pages[1]
    (letter,) = await sink.wait_for(1)
    (code,) = re.findall(r"^(\d{6})\r?$", letter.get_body(("plain",)).get_content(), re.MULTILINE)  # type: ignore[union-attr]
    wrong = await service.client.post(f"{page}/unlock", data={"email": ANN, "code": another(code)}, **form)
    assert (wrong.status, "ask for a new one" in await wrong.text()) == (401, True)
    right = await service.client.post(f"{page}/unlock", data={"email": ANN, "code": code}, **form)
    assert (right.status, right.headers["Location"]) == (303, page)
    assert "HttpOnly" in right.headers["Set-Cookie"]
    back = await service.client.get(page, headers={"Accept": "application/json"})
    assert back.status == 200


def gate_at(redis: Redis) -> tuple[CodeGate, Any, list[float]]:
    moment = [1_000_000.0]
    throttle = GuessThrottle(redis, per_link=100, per_client=10)
    gate = CodeGate(redis, CodeSigner(SECRET), RateLimiter(redis), throttle, per_client=10, clock=lambda: moment[0])
    return gate, make_link(recipients=(ANN, BEN)), moment


async def outcome(work: Awaitable[object]) -> str:
    try:
        await work
    except Exception as exc:
        if not hasattr(exc, "code"):
            raise
        return str(exc.code)
    return ""


class counted:  # noqa: N801  (a context manager)
    """Counts what requests ask of Redis and SQL, and the digests of codes that they make, by name."""

    def __init__(self, service: Installation) -> None:
        self._service = service
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Counter[str]:
        services = self._service.services
        self._redis, self._digest = services.redis.execute_command, CodeSigner._digest
        self._engine = services.mail.store._engine.sync_engine

        self._others = asyncio.all_tasks()

        async def execute_command(*words: Any, **options: Any) -> Any:
            self._add(f"redis {words[0]}")
            return await self._redis(*words, **options)

        def digest(signer: CodeSigner, *words: str) -> bytes:
            self._add("hmac")
            return self._digest(signer, *words)

        services.redis.execute_command = execute_command  # type: ignore[method-assign]
        CodeSigner._digest = digest  # type: ignore[method-assign]
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._counts

    def __exit__(self, *_: object) -> None:
        self._service.services.redis.execute_command = self._redis  # type: ignore[method-assign]
        CodeSigner._digest = self._digest  # type: ignore[method-assign]
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._add(f"sql {statement.split(maxsplit=1)[0]}")

    def _add(self, name: str) -> None:
        """Count what a task does that is neither a loop nor one that sends letters."""
        task = asyncio.current_task()
        if task is not None and task not in self._others and "_send_one" not in str(task.get_coro()):
            self._counts[name] += 1
