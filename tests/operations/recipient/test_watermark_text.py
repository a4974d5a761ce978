"""Watermarks that say who looks, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from service.identifiers import LinkKeyId
from service.links.admission import Proof
from service.links.named_keys import ShownKey
from service.links.watermark_text import seconds_of_text, text_for
from tests.links.samples import make_link

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import ClientResponse

    from tests.conftest import Installation

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
TEXT = "{recipient} · {date}"


def drawn(watermark: str, named: ShownKey | None = None, proof: Proof = Proof.KEY) -> str | None:
    return text_for(make_link(watermark=watermark), proof, named, NOON)


@pytest.mark.parametrize(
    ("watermark", "named", "expected"),
    [
        ("plain", None, "plain"),
        ("{{date}} {date}", None, "{date} 2026-11-29"),
        ("for {recipient}", {"label": "Ann", "recipient": "ann@example.com"}, "for ann@example.com"),
        ("for {recipient}, {key}", {"label": "Desk 4"}, "for Desk 4, Desk 4"),
        ("{recipient}", {"label": "{date}{key}"}, "{date}{key}"),
        ("{{{key}}}", {"label": "a"}, "{a}"),
        ("{key}", {"label": "x" * 200}, "x" * 80),
        ("{recipient}", None, "somebody with a key"),
    ],
)
def test_what_is_drawn(watermark: str, named: dict[str, str] | None, expected: str) -> None:
    key = None if named is None else ShownKey(id=LinkKeyId("key_1"), text="", **named)
    assert drawn(watermark, key) == expected


def test_nobody_is_drawn_as_nothing() -> None:
    texts = [drawn("{recipient}", None, proof) for proof in Proof]
    assert all(texts)


def test_what_names_a_day_is_kept_until_it_ends() -> None:
    assert seconds_of_text(make_link(watermark="{date}"), NOON.replace(hour=23, minute=59)) == 60
    assert seconds_of_text(make_link(watermark="{{date}}"), NOON) == float("inf")


@pytest.mark.parametrize("text", ["{name}", "{recipient", "date}", "{}", "{recipient} {recipient}", "{recipient!r}"])
async def test_a_placeholder_that_is_none_is_refused_when_the_link_is_made(lasting: Installation, text: str) -> None:
    item = await lasting.add_item()
    target = {"target_type": "item", "target_id": item["id"], "password": "a good password", "expires_in_hours": 1}
    response = await lasting.post("share.link.create", lasting.headers, **target, watermark=text)
    assert (response.status, (await response.json())["field"]) == (422, "watermark")
    policy = await lasting.post("organization.policy.set", lasting.headers, watermark=text)
    assert policy.status in {403, 422}


async def keys_of(service: Installation, link: dict[str, Any]) -> list[str]:
    return [(await service.ask("share.key.create", link_id=link["id"], label=label))["key"] for label in ("Ann", "Ben")]


async def test_no_recipient_gets_the_watermark_of_another(
    install: Callable[..., Awaitable[Installation]], valkey_url: str
) -> None:
    """At one address, by keys in headers: a plan, its spot and all caches are shared by both."""
    service = await install()
    link = await service.add_link(watermark=TEXT)
    plain = await service.add_link(watermark="The same for all")
    ann, ben = await keys_of(service, link)

    async def tile(key: str, of: dict[str, Any] = link, **headers: str) -> ClientResponse:
        return await service.client.get(f"/s/{of['token']}/8/72/110.png", headers={"X-Share-Key": key, **headers})

    bodies, etags = dict[str, set[bytes]](), dict[str, set[str]]()
    for key in (ann, ben, ann, ben, ben, ann):
        answer = await tile(key)
        assert answer.status == 200
        assert "X-Share-Key" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"].startswith("private, max-age=")
        bodies.setdefault(key, set()).add(await answer.read())
        etags.setdefault(key, set()).add(answer.headers["ETag"])
    assert [len(found) for found in (*bodies.values(), *etags.values())] == [1, 1, 1, 1]
    assert bodies[ann] != bodies[ben]
    held = {"If-None-Match": etags[ann].copy().pop()}
    assert (await tile(ann, **held)).status == 304
    assert (await tile(ben, **held)).status == 200
    in_url = [await service.client.get(f"/s/{link['token']}/8/72/110.png?key={key}") for key in (ann, ben)]
    assert [{await answer.read()} for answer in in_url] == [bodies[ann], bodies[ben]]
    preview = f"/s/{link['token']}/preview.png"
    cookies = [await service.client.get(preview, headers={"Cookie": f"tilegate_key={key}"}) for key in (ann, ben)]
    previews = [await answer.read() for answer in cookies]
    assert previews[0] != previews[1]
    others = await keys_of(service, plain)
    same = [await tile(key, plain) for key in others]
    assert await same[0].read() == await same[1].read()
    assert "Vary" not in same[0].headers or "X-Share-Key" not in same[0].headers["Vary"]


async def test_a_key_of_a_link_that_names_nobody_is_looked_up_when_it_does(service: Installation) -> None:
    link = await service.add_link(watermark="The same for all")
    ann, ben = await keys_of(service, link)
    address = f"/s/{link['token']}/8/72/110.png"
    before = [await (await service.client.get(address, headers={"X-Share-Key": key})).read() for key in (ann, ben)]
    assert before[0] == before[1]
    await service.ask("share.link.update", link_id=link["id"], watermark="{key}")
    after = [await (await service.client.get(address, headers={"X-Share-Key": key})).read() for key in (ann, ben)]
    assert len({*before, *after}) == 3


def test_a_label_is_no_template() -> None:
    named = ShownKey(id=LinkKeyId("key_1"), text="", label="{date}", recipient="{key}@example.com")
    assert drawn("{recipient}|{key}", named) == "{key}@example.com|{date}"
