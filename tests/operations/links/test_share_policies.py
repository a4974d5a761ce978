"""Links keep the ceiling of an operator and the policy of admins; a refusal names the rule and who can change it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

OPERATOR, ADMIN = "The operator of this installation set it", "An admin of your organization can change it"
ORIGIN = "https://maps.example.org"
STRICT: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "longest expiry": ({"max_lifetime_hours": 12}, {"expires_in_hours": 13}, "expires_at", "max_lifetime_hours is 12"),
    "shortest password": ({"min_password_length": 40}, {}, "password", "min_password_length is 40"),
    "permissions": ({"permissions": ["view"]}, {"permission": "download"}, "permission", "permissions is view"),
    "origins": (
        {"allowed_origins": [ORIGIN]},
        {"allowed_origins": ["https://other.example.org"]},
        "allowed_origins",
        f"allowed_origins is {ORIGIN}",
    ),
    "no password": ({"allow_passwordless": False}, {"password": None}, "password", "allow_passwordless is false"),
}


async def ceiling(service: Installation, **fields: Any) -> None:
    await service.ask("organization.update", organization_id=service.account.organization_id, ceiling=fields)


async def refusal(service: Installation, operation: str, **body: Any) -> tuple[int, str, str, str]:
    response = await service.post(operation, **body)
    problem = await response.json()
    assert response.status >= 400, problem
    return response.status, problem["code"], problem.get("field", ""), problem["detail"]


def of(item: Any, **fields: Any) -> dict[str, Any]:
    return {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 1, **fields}


@pytest.fixture
async def open_service(install: Callable[..., Awaitable[Installation]]) -> Installation:
    return await install(allow_passwordless_links=True, allow_open_ended_links=True)


@pytest.mark.parametrize("by_operator", [True, False], ids=["ceiling", "admins' policy"])
async def test_a_refusal_names_the_rule_its_value_and_who_can_change_it(
    open_service: Installation, *, by_operator: bool
) -> None:
    service = open_service
    item = await service.add_item()
    link = await service.add_link(item)
    batch = {"targets": [{"target_type": "item", "target_id": item["id"]}], "expires_in_hours": 1, "password": PASSWORD}
    for policy, asked, field, rule in STRICT.values():
        if by_operator:
            await ceiling(service, **policy)
        else:
            await service.ask("organization.policy.set", **policy)
        for operation, body in (
            ("share.link.create", of(item, **asked)),
            ("share.link.create", of(item, **asked, dry_run=True)),
            ("share.link.create_batch", batch | asked),
            ("share.link.create_batch", batch | asked | {"dry_run": True}),
            ("share.link.update", {"link_id": link["id"], **(asked or {"password": PASSWORD})}),
        ):
            status, code, at, detail = await refusal(service, operation, **body)
            assert (status, code, at) == (403, "not_allowed_by_policy", field), operation
            assert rule in detail
            assert (OPERATOR in detail, ADMIN in detail) == (by_operator, not by_operator)
        await service.ask("share.link.update", link_id=link["id"], name="what is not at fault may change")


async def test_the_stricter_of_both_holds_and_is_named(open_service: Installation) -> None:
    service = open_service
    item = await service.add_item()
    await ceiling(service, max_lifetime_hours=100, min_password_length=12, permissions=["view", "download"])
    await service.ask("organization.policy.set", max_lifetime_hours=10, permissions=["view"])
    assert (
        "max_lifetime_hours is 10" in (await refusal(service, "share.link.create", **of(item, expires_in_hours=50)))[3]
    )
    assert OPERATOR in (await refusal(service, "share.link.create", **of(item, permission="write")))[3]
    assert ADMIN in (await refusal(service, "share.link.create", **of(item, permission="download")))[3]
    never = {**of(item), "expires_in_hours": None}
    assert (await refusal(service, "share.link.create", **never))[2] == "expires_at"
    await ceiling(service, max_lifetime_hours=5)
    assert OPERATOR in (await refusal(service, "share.link.create", **of(item, expires_in_hours=8)))[3]
    shown = await service.ask("organization.policy.get")
    assert (shown["ceiling"]["max_lifetime_hours"], shown["policy"]["max_lifetime_hours"]) == (5, 10)


BEYOND: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"max_lifetime_hours": 100}, {"max_lifetime_hours": 101}),
    ({"min_password_length": 12}, {"min_password_length": 11}),
    ({"permissions": ["view"]}, {"permissions": ["view", "write"]}),
    ({"allowed_origins": [ORIGIN]}, {"allowed_origins": [ORIGIN, "https://other.example.org"]}),
]


async def test_admins_cannot_allow_what_the_ceiling_does_not(service: Installation) -> None:
    for most, wanted in BEYOND:
        await ceiling(service, **most)
        status, code, field, _ = await refusal(service, "organization.policy.set", **wanted)
        assert (status, code, field) == (403, "not_allowed_by_policy", next(iter(wanted)))
        both = await service.ask("organization.policy.set", **most)
        assert both["policy"] == both["ceiling"]


async def test_links_that_name_none_get_the_watermark_and_the_origins_of_the_policy(service: Installation) -> None:
    item = await service.add_item()
    await ceiling(service, watermark="Provider", allowed_origins=[ORIGIN, "https://b.example.org"])
    made = await service.ask("share.link.create", **of(item))
    assert ("watermark “Provider”" in str(made["warnings"]), ORIGIN in str(made["warnings"])) == (True, True)
    seen = await service.ask("share.link.get", link_id=made["id"])
    assert (seen["watermark"], seen["allowed_origins"]) == ("Provider", [ORIGIN, "https://b.example.org"])
    await service.ask("organization.policy.set", watermark="Ours", allowed_origins=[ORIGIN])
    for fields, watermark in (({}, "Ours"), ({"watermark": "Mine"}, "Mine"), ({"watermark": None}, None)):
        made = await service.ask("share.link.create", **of(item, **fields))
        seen = await service.ask("share.link.get", link_id=made["id"])
        assert (seen["watermark"], seen["allowed_origins"]) == (watermark, [ORIGIN])
    download = await service.ask("share.link.create", **of(item, permission="download"))
    assert (await service.ask("share.link.get", link_id=download["id"]))["watermark"] is None


async def test_a_link_of_before_is_refused_when_it_is_rotated_and_not_when_it_is_served(
    open_service: Installation,
) -> None:
    service = open_service
    item = await service.add_item()
    link = await service.add_link(item, expires_in_hours=1000)
    unlocked = await service.add_link(item, password=None)
    await service.ask("organization.policy.set", max_lifetime_hours=10)
    assert (await refusal(service, "share.link.rotate", link_id=link["id"]))[2] == "expires_at"
    assert (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).status == 200
    soon = (datetime.now(UTC) + timedelta(hours=9)).isoformat()
    await service.ask("share.link.update", link_id=link["id"], expires_at=soon)
    await service.ask("share.link.rotate", link_id=link["id"])
    await service.ask("organization.policy.set", allow_passwordless=False)
    assert (await refusal(service, "share.link.rotate", link_id=unlocked["id"]))[2] == "password"
    for operation in ("suspend", "resume", "revoke"):
        await service.ask(f"share.link.{operation}", link_id=unlocked["id"])


async def test_a_grant_gives_no_more_than_the_policy(open_service: Installation) -> None:
    service = open_service
    link = await service.add_link()

    async def asked(email: str) -> str:
        sent = await service.post("share.access.request", {}, token=link["token"], email=email)
        assert sent.status == 200
        listed = await service.ask("share.access.list", link_id=link["id"])
        return str(next(each["id"] for each in listed["requests"] if each["email"] == email))

    await service.ask("organization.policy.set", max_lifetime_hours=48, permissions=["view"], min_password_length=30)
    grant = {"request_id": await asked("a@example.org"), "decision": "grant"}
    assert (await refusal(service, "share.access.resolve", **grant, permission="download"))[2] == "permission"
    assert (await refusal(service, "share.access.resolve", **grant, expires_in_hours=100))[2] == "expires_at"
    new = {**grant, "new_link": True, "expires_in_hours": 10}
    assert (await refusal(service, "share.access.resolve", **new, password=PASSWORD))[2] == "password"
    await service.ask("share.access.resolve", **grant, expires_in_hours=40)


async def test_passwords_that_are_made_up_are_as_long_as_the_policy_wants(service: Installation) -> None:
    item = await service.add_item()
    await ceiling(service, min_password_length=40)
    batch = {"targets": [{"target_type": "item", "target_id": item["id"]}], "expires_in_hours": 1}
    made = await service.ask("share.link.create_batch", **batch, generate_passwords=True)
    assert len(made["links"][0]["password"]) >= 40


async def test_an_empty_watermark_is_none(service: Installation) -> None:
    assert (await refusal(service, "organization.policy.set", watermark="\u200b"))[:3] == (
        422,
        "field_invalid",
        "watermark",
    )
