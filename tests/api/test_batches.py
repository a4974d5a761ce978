"""Many links at once, and a report for each recipient, each target and each link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_bundles import refs
from tests.api.test_collections import GRAY, add_gray
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

ANN, BOB = "ann@example.org", "bob@example.org"


async def batch(service: Installation, **fields: Any) -> Any:
    return await service.ask("share.link.create_batch", **{"password": PASSWORD, "expires_in_hours": 1, **fields})


async def links(service: Installation, **fields: Any) -> list[Any]:
    return list((await service.ask("share.link.list", **fields))["links"])


async def opens(service: Installation, link: Any, password: str) -> bool:
    return (await service.post("share.link.validate", {}, token=link["token"], password=password)).status == 200


async def forget_rates(service: Installation) -> None:
    redis = service.services.redis
    await redis.delete("none", *await redis.keys("tg:rate:*"))


def outcomes(reports: list[Any]) -> list[tuple[str, str | None]]:
    return [(report["status"], report["code"]) for report in reports]


@pytest.fixture
async def items(service: Installation) -> list[str]:
    return [await add_gray(service, gray) for gray in (10, 20)]


async def test_each_recipient_gets_a_link_to_each_target(service: Installation, items: list[str]) -> None:
    fields: dict[str, Any] = {"targets": refs(*items), "recipients": [ANN, "Bob@Example.org"], "max_views": 3}
    tried = await batch(service, **fields, dry_run=True)
    assert (tried["status"], tried["dry_run"], tried["link_count"], tried["links"]) == ("success", True, 4, [])
    assert await links(service) == []

    made = await batch(service, **fields)
    assert (made["status"], made["link_count"]) == ("success", 4)
    pairs = [(link["recipients"], link["targets"], link["remaining_views"]) for link in made["links"]]
    assert pairs == [([address], refs(item), 3) for address in (ANN, BOB) for item in items]
    ids = [link["id"] for link in made["links"]]
    assert [report["link_ids"] for report in made["recipients"]] == [ids[:2], ids[2:]]
    assert [report["link_ids"] for report in made["targets"]] == [ids[::2], ids[1::2]]
    assert {link["password"] for link in made["links"]} == {None}
    assert await opens(service, made["links"][3], PASSWORD)
    assert {link["id"] for link in await links(service, recipient=BOB)} == {*ids[2:]}
    assert [link["id"] for link in await links(service, recipient="b@example.org")] == []


async def test_a_bundle_for_each_with_passwords_of_their_own(service: Installation, items: list[str]) -> None:
    fields: dict[str, Any] = {"targets": refs(*items), "mode": "bundle_per_recipient", "password": None}
    made = await batch(service, **fields, recipients=[ANN, BOB, ANN], generate_passwords=True)
    assert [(link["recipients"], link["targets"]) for link in made["links"]] == [
        ([ANN], refs(*items)),
        ([BOB], refs(*items)),
    ]
    first, second = made["links"]
    assert first["password"] != second["password"]
    assert await opens(service, first, first["password"])
    assert not await opens(service, first, second["password"])
    alone = await batch(service, **fields, generate_passwords=True)
    assert [link["targets"] for link in alone["links"]] == [refs(*items)]
    assert alone["recipients"] == []


async def test_what_is_wrong_with_one_is_told_of_it(service: Installation, items: list[str]) -> None:
    await service.ask("item.profiles.set", item_id=items[1], profiles=[GRAY | {"id": "other"}])
    fields: dict[str, Any] = {
        "targets": [*refs(*items), *refs("itm_unknown"), *refs(items[0], target_type="item")],
        "recipients": [ANN, "nobody", BOB],
        "profiles": ["gray"],
    }
    told = [("success", None), ("error", "field_invalid"), ("error", "target_not_found")]
    aborted = await batch(service, **fields, stop_on_error=True)
    assert (aborted["status"], aborted["links"]) == ("aborted", [])
    assert outcomes(aborted["targets"]) == told
    assert await links(service) == []
    made = await batch(service, **fields)
    assert (made["status"], made["link_count"]) == ("mixed", 2)
    assert outcomes(made["targets"]) == told
    assert outcomes(made["recipients"]) == [("success", None), ("error", "field_invalid"), ("success", None)]
    assert made["targets"][1]["field"] == "profiles"
    nobody = await batch(service, targets=refs(items[0]), recipients=["nobody"])
    assert (nobody["status"], nobody["link_count"]) == ("aborted", 0)


async def test_terms_that_no_link_can_have_refuse_the_batch(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(batch_links=3, rate_create=5)
    item = await add_gray(service, 10)
    for fields, field in (
        ({"password": None}, "password"),
        ({"password": "short"}, "password"),
        ({"generate_passwords": True}, "generate_passwords"),
        ({"expires_in_hours": None}, "expires_at"),
        ({"min_zoom": 3, "max_zoom": 2}, "min_zoom"),
        ({"recipients": [f"{n}@example.org" for n in range(4)]}, "recipients"),
        ({"targets": [*refs(item), *refs(item, target_type="file")]}, "targets"),
        ({"targets": []}, "targets"),
    ):
        await forget_rates(service)
        body = {"targets": refs(item), "password": PASSWORD, "expires_in_hours": 1, "dry_run": True, **fields}
        problem = await (await service.post("share.link.create_batch", **body)).json()
        assert problem["field"] == field, problem
    await forget_rates(service)
    for status in (200, 200, 429):  # three links a call, and five a minute
        body = {"targets": refs(item), "password": PASSWORD, "expires_in_hours": 1}
        response = await service.post("share.link.create_batch", **body, recipients=[ANN, BOB, "c@example.org"])
        assert response.status == status


async def test_links_are_revoked_together(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install(batch_links=4)
    items = [await add_gray(service, gray) for gray in (10, 20)]
    made = (await batch(service, targets=refs(*items), recipients=[ANN, BOB]))["links"]
    bundle = await service.add_link({"id": items[0]}, targets=refs(items[1]))
    ann, second = {made[0]["id"], made[1]["id"]}, {made[1]["id"], made[3]["id"], bundle["id"]}

    async def revoke(**fields: Any) -> Any:
        return await service.ask("share.link.revoke_batch", **fields)

    tried = await revoke(recipient=ANN, dry_run=True)
    assert {(report["id"], report["already_revoked"]) for report in tried["links"]} == {(one, False) for one in ann}
    assert await opens(service, made[0], PASSWORD)
    done = await revoke(link_ids=[made[0]["id"], "lnk_unknown", made[0]["id"]], reason="over")
    assert done["status"] == "mixed"
    assert outcomes(done["links"]) == [("success", None), ("error", "share_not_found")]
    again = await revoke(link_ids=[made[0]["id"]])
    assert (again["status"], again["links"][0]["already_revoked"]) == ("success", True)
    assert again["links"][0]["effective_at"] == done["links"][0]["effective_at"]
    assert not await opens(service, made[0], PASSWORD)
    assert (await revoke(link_ids=["lnk_unknown"]))["status"] == "aborted"
    by_target = await revoke(target_id=items[1])
    assert ({report["id"] for report in by_target["links"]}, by_target["more"]) == (second, False)
    assert (await revoke(target_id=items[1]))["links"] == []
    assert [link["id"] for link in await links(service, status="active")] == [made[2]["id"]]
    assert len((await revoke(project_id=service.account.project_id))["links"]) == 1
    for fields in ({}, {"link_ids": ["lnk_x"], "recipient": ANN}, {"link_ids": ["lnk_x"] * 5}):
        problem = await (await service.post("share.link.revoke_batch", **fields)).json()
        assert problem["field"] == "link_ids"
