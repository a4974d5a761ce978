"""Whom members are to the OpenID provider, as admins say it: within their organization, and within their projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.accounts.members import Role
from tests.api.isolation.tenants import bearer, second_organization

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

ISSUER = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "tilegate"}


@pytest.fixture
async def service(install: Callable[..., Awaitable[Installation]]) -> Installation:
    return await install(**ISSUER)


async def told(service: Installation, operation: str, headers: Any = None, **body: Any) -> tuple[int, str]:
    response = await service.post(operation, headers, **body)
    document = await response.json()
    return response.status, document.get("code", "")


async def test_an_admin_says_who_a_member_is_and_takes_it_back(service: Installation) -> None:
    await service.ask("member.set", project_id=service.account.project_id, email="bob@example.org", role="editor")
    made = await service.ask("member.identity.set", email="Bob@Example.org", subject="u-2")
    assert (made["email"], made["issuer"], made["subject"], made["by_admin"]) == (
        "bob@example.org",
        ISSUER["oidc_issuer"],
        "u-2",
        True,
    )
    assert (await service.ask("member.identity.list"))["identities"] == [made]
    again = {"email": "bob@example.org", "subject": "u-3"}
    assert await told(service, "member.identity.set", **again) == (409, "already_bound")
    assert await told(service, "member.identity.set", email="a@example.org", subject="u-2") == (409, "already_bound")
    rows = (await service.ask("audit.list", organization_id=service.account.organization_id))["rows"]
    assert {"issuer", "subject", "user_id"} <= set(rows[0]["after"])
    assert (rows[0]["operation"], rows[0]["target_type"]) == ("member.identity.set", "openid_subject")
    assert (await service.ask("member.identity.remove", email="bob@example.org"))["ok"]
    assert await told(service, "member.identity.remove", email="bob@example.org") == (404, "member_not_found")
    assert (await service.ask("member.identity.set", **again))["subject"] == "u-3"


@pytest.mark.parametrize("subject", ["", "s" * 256, "two\nlines", "a\x00b"])
async def test_a_subject_is_one_line(lasting: Installation, subject: str) -> None:
    assert await told(lasting, "member.identity.set", email="a@example.org", subject=subject) == (422, "field_invalid")


@pytest.mark.security
async def test_nobody_speaks_for_members_of_others(service: Installation) -> None:
    """An admin of one project cannot sign in as a member who has another; nor one organization as another's member."""
    other, key = await second_organization(service, "theirs")
    assert await told(service, "member.identity.set", bearer(key), email="a@example.org", subject="evil") == (
        404,
        "member_not_found",
    )
    await service.services.accounts.store.set_member(other.project_id, service.account.user_id, Role.VIEWER)
    made = await service.post("member.identity.set", bearer(key), email="a@example.org", subject="evil")
    assert made.status == 200
    assert (await service.ask("member.identity.list"))["identities"] == []
    store = service.services.accounts.store
    second = await store.create_project(service.account.organization_id, "Second")
    carl = await store.create_user("carl@example.org", "Carl")
    await store.set_member(second, carl, Role.ADMIN)
    made_key = await store.create_api_key(service.account.organization_id, carl, label="", scopes=["admin"])
    assert await told(service, "member.identity.set", bearer(made_key[1]), email="a@example.org", subject="carl") == (
        403,
        "not_project_editor",
    )


async def test_without_a_provider_nobody_is_bound(install: Callable[..., Awaitable[Installation]]) -> None:
    service = await install()
    assert await told(service, "member.identity.set", email="a@example.org", subject="u") == (422, "field_invalid")
    assert (await service.ask("member.identity.list"))["identities"] == []
