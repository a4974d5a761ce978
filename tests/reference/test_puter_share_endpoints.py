"""puter-share-endpoints: several recipients and things at once; check, apply and request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation


async def test_a_dry_run_checks_everything_and_makes_nothing(service: Installation) -> None:
    link = await service.add_link(dry_run=True)
    assert link["status"] == "active"
    assert (await service.ask("share.link.list"))["links"] == []
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert opened.status == 404


async def test_a_token_is_checked_and_a_missing_one_is_a_missing_field(service: Installation) -> None:
    link = await service.add_link()
    opened = await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)
    assert opened.status == 200
    missing = await service.post("share.link.validate", {})
    document = await missing.json()
    assert (missing.status, document["code"], document["field"]) == (422, "field_missing", "token")
