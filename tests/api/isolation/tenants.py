"""Two organizations with something of everything, and what each operation is asked about it."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from service.accounts.api_keys import ALL_SCOPES
from service.accounts.bootstrap import bootstrap, issue_key
from service.accounts.members import Role
from service.identifiers import new_id
from tests.conftest import DATA, PASSWORD

if TYPE_CHECKING:
    from service.accounts.bootstrap import Account
    from tests.conftest import Installation

SECRET = "top-secret"
RASTER = "RGB.byte.tif"
NOT_SENT = {"url": "https://93.184.215.14/hook", "events": ["budget.near"]}
"""A webhook that is sent nothing here."""
RAW = {"id": "raw", "label": "Raw", "kind": "raw", "bands": [1], "rescale": [[0, 255]]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """The ids of what an organization has."""

    organization: str
    project: str
    item: str
    collection: str
    link: str
    link_key: str
    access_request: str
    api_key: str
    grant: str
    webhook: str
    path: str
    """Of a file in the root."""
    email: str
    """Of a member."""

    def hidden_in(self, text: str) -> str:
        """Return a text with the ids in it replaced by what they are ids of."""
        for name, value in asdict(self).items():
            text = text.replace(value, f"<{name}>")
        return text


def ghosts() -> Things:
    """Return ids that never were anybody's."""
    return Things(
        organization=new_id("org"),
        project=new_id("prj"),
        item=new_id("itm"),
        collection=new_id("col"),
        link=new_id("lnk"),
        link_key=new_id("lky"),
        access_request=new_id("req"),
        api_key=new_id("key"),
        grant=new_id("rgr"),
        webhook=new_id("whk"),
        path="theirs/nothing.tif",
        email="nobody@example.org",
    )


async def furnish(service: Installation, account: Account, key: str, folder: str) -> tuple[Things, str]:
    """Make something of everything for an organization, by its own key; return the ids and its link's token."""

    async def ask(operation: str, **body: Any) -> Any:
        response = await service.post(operation, bearer(key), **body)
        assert response.status == 200, (operation, await response.text())
        return await response.json()

    email = f"{SECRET}-{folder}@example.org"
    (service.root / folder).mkdir()
    shutil.copy(DATA / RASTER, service.root / folder)
    project, path = account.project_id, f"{folder}/{RASTER}"
    item = await ask("item.create", project_id=project, root="files", path=path, name=f"{SECRET} item")
    collection = await ask("collection.create", project_id=project, name=f"{SECRET} set", item_ids=[item["id"]])
    shared = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 24}
    link = await ask("share.link.create", **shared, name=f"{SECRET} link", permission="download")
    link_key = await ask("share.key.create", link_id=link["id"], label=f"{SECRET} key")
    assert (await service.post("share.access.request", {}, token=link["token"], email=email)).status == 200
    asked = await ask("share.access.list", link_id=link["id"])
    await ask("member.set", project_id=project, email=email, role="viewer")
    grants = (await ask("root.list"))["grants"]
    webhook = await ask("webhook.create", **NOT_SENT, description=folder)
    things = Things(
        organization=account.organization_id,
        project=project,
        item=item["id"],
        collection=collection["id"],
        link=link["id"],
        link_key=link_key["id"],
        access_request=asked["requests"][0]["id"],
        api_key=(await ask("api_key.list"))["api_keys"][0]["id"],
        grant=grants[0]["id"],
        webhook=webhook["id"],
        path=path,
        email=email,
    )
    return things, link["token"]


async def second_organization(service: Installation, folder: str) -> tuple[Account, str]:
    """Make another organization that was granted a folder; return it and a key of its admin."""
    accounts = service.services.accounts.store
    other = await bootstrap(accounts, organization="Other", project="P", email="other@example.org", name="C")
    granted = {"root": "files", "prefix": folder, "organization_id": other.organization_id}
    assert (await service.post("root.grant", **granted)).status == 200
    return other, await issue_key(accounts, other, "other")


async def stale_key(service: Installation, role: Role | None) -> str:
    """Return a key that somebody made as an admin, who has another role now, or was removed (None)."""
    accounts, account = service.services.accounts.store, service.account
    who = {"project_id": account.project_id, "email": f"{role}@example.org"}
    await service.ask("member.set", **who, role="admin")
    user_id = await accounts.create_user(who["email"], "")
    _, text = await accounts.create_api_key(account.organization_id, user_id, label="stale", scopes=ALL_SCOPES)
    if role is None:
        await service.ask("member.remove", **who)
    else:
        await service.ask("member.set", **who, role=role)
    return text


def bearer(key: str) -> dict[str, str]:
    """Return the headers that an API key comes in."""
    return {"Authorization": f"Bearer {key}"}


LINK = {"password": PASSWORD, "expires_in_hours": 1}
BODIES: dict[str, Callable[[Things], dict[str, Any]]] = {
    "share.link.create": lambda x: {"target_type": "item", "target_id": x.item, **LINK},
    "share.link.get": lambda x: {"link_id": x.link},
    "share.link.list": lambda x: {"project_id": x.project},
    "root.folders": lambda x: {"project_id": x.project},
    "root.upload": lambda x: {"project_id": x.project, "root": "files", "path": "new/new.tif"},
    "share.link.find": lambda x: {"project_id": x.project},
    "share.link.update": lambda x: {"link_id": x.link, "name": "taken"},
    "share.link.suspend": lambda x: {"link_id": x.link},
    "share.link.resume": lambda x: {"link_id": x.link},
    "share.link.rotate": lambda x: {"link_id": x.link},
    "share.link.revoke": lambda x: {"link_id": x.link},
    "share.link.create_batch": lambda x: {
        "targets": [{"target_type": "collection", "target_id": x.collection}],
        **LINK,
    },
    "share.link.revoke_batch": lambda x: {"link_ids": [x.link]},
    "share.key.create": lambda x: {"link_id": x.link, "label": "taken"},
    "share.key.list": lambda x: {"link_id": x.link},
    "share.key.revoke": lambda x: {"key_id": x.link_key},
    "share.link.stats": lambda x: {"link_id": x.link},
    "share.link.events": lambda x: {"link_id": x.link},
    "share.link.notify": lambda x: {"link_id": x.link, "recipients": ["c@example.com"]},
    "share.access.list": lambda x: {"project_id": x.project},
    "share.access.resolve": lambda x: {"request_id": x.access_request, "decision": "deny"},
    "item.create": lambda x: {"project_id": x.project, "root": "files", "path": x.path},
    "item.get": lambda x: {"item_id": x.item},
    "item.list": lambda x: {"project_id": x.project},
    "item.update": lambda x: {"item_id": x.item, "name": "taken"},
    "item.delete": lambda x: {"item_id": x.item},
    "item.preview": lambda x: {"item_id": x.item},
    "item.statistics": lambda x: {"item_id": x.item},
    "item.quarantine.lift": lambda x: {"item_id": x.item},
    "item.seed": lambda x: {"item_id": x.item, "maxzoom": 3, "minzoom": 3},
    "item.seeds.list": lambda x: {"item_id": x.item},
    "item.seeds.delete": lambda x: {"item_id": x.item},
    "item.profiles.set": lambda x: {"item_id": x.item, "profiles": [RAW]},
    "collection.create": lambda x: {"project_id": x.project, "name": "taken", "item_ids": [x.item]},
    "collection.get": lambda x: {"collection_id": x.collection},
    "collection.list": lambda x: {"project_id": x.project},
    "collection.update": lambda x: {"collection_id": x.collection, "name": "taken"},
    "collection.delete": lambda x: {"collection_id": x.collection},
    "organization.create": lambda _: {"name": "taken", "admin_email": "c@example.com"},
    "organization.get": lambda x: {"organization_id": x.organization},
    "organization.list": lambda _: {},
    "organization.update": lambda x: {"organization_id": x.organization, "name": "taken"},
    "organization.suspend": lambda x: {"organization_id": x.organization},
    "organization.resume": lambda x: {"organization_id": x.organization},
    "organization.policy.get": lambda _: {},
    "organization.policy.set": lambda _: {"watermark": "mine"},
    "organization.mine": lambda _: {},
    "project.create": lambda _: {"name": "mine"},
    "project.list": lambda _: {},
    "member.set": lambda x: {"project_id": x.project, "email": x.email, "role": "admin"},
    "member.remove": lambda x: {"project_id": x.project, "email": x.email},
    "member.list": lambda x: {"project_id": x.project},
    "member.identity.set": lambda x: {"email": x.email, "subject": "taken"},
    "member.identity.list": lambda _: {},
    "member.identity.remove": lambda x: {"email": x.email},
    "api_key.create": lambda _: {"label": "more", "scopes": ["admin"]},
    "api_key.list": lambda _: {},
    "api_key.revoke": lambda x: {"api_key_id": x.api_key},
    "root.grant": lambda x: {"root": "*", "project_id": x.project},
    "root.list": lambda _: {},
    "root.revoke": lambda x: {"grant_id": x.grant, "force": True},
    "webhook.create": lambda _: NOT_SENT,
    "webhook.list": lambda _: {},
    "webhook.update": lambda x: {"webhook_id": x.webhook, "description": "taken"},
    "webhook.delete": lambda x: {"webhook_id": x.webhook},
    "webhook.test": lambda x: {"webhook_id": x.webhook},
    "webhook.deliveries": lambda x: {"webhook_id": x.webhook},
    "notice.get": lambda _: {},
    "notice.set": lambda _: {"letters": True},
    "usage.current": lambda x: {"organization_id": x.organization},
    "usage.forecast": lambda x: {"organization_id": x.organization},
    "usage.history": lambda x: {"organization_id": x.organization},
    "usage.summary": lambda x: {"organization_id": x.organization},
    "usage.export": lambda x: {"organization_id": x.organization},
    "budget.get": lambda x: {"organization_id": x.organization},
    "budget.set": lambda x: {"organization_id": x.organization, "max_renders": 0},
    "budget.ceiling.set": lambda x: {"organization_id": x.organization, "max_renders": 10**9},
    "audit.list": lambda x: {"organization_id": x.organization},
    "limits.get": lambda _: {},
}
"""What an operation for sharers is asked about what somebody has."""

OF_ONESELF = {
    "webhook.create",
    "webhook.list",
    "notice.get",
    "notice.set",
    "project.create",
    "project.list",
    "api_key.create",
    "api_key.list",
    "member.identity.list",
    "root.list",
    "limits.get",
}
OF_ONESELF |= {"organization.policy.get", "organization.policy.set", "organization.mine"}
"""These name nothing of anybody: they are about the caller, and must tell nothing of others."""

FOR_RECIPIENTS: dict[str, dict[str, Any]] = {
    "share.link.claim": {},
    "share.access.request": {"email": "d@example.com"},
    "share.code.request": {"email": "d@example.com"},
    "share.code.redeem": {"email": "d@example.com", "code": "000000"},
    "share.link.validate": {},
    "share.tile.render": {"z": 8, "x": 72, "y": 110},
    "share.tile.preview": {"max_size": 64},
    "share.tile.crop": {"bbox": [-78, 24, -77.9, 24.1]},
    "share.tile.info": {},
    "share.tilejson": {},
    "share.profiles.list": {},
    "share.tile.statistics": {},
    "share.tile.point": {"lon": -77.0, "lat": 25.0},
    "share.tile.legend": {},
    "share.content.get": {},
    "share.features.get": {},
    "share.tile.wmts_capabilities": {},
    "share.file.list": {},
    "share.file.stat": {},
    "share.file.download": {},
    "share.file.archive": {},
    "share.file.upload": {"path": "new.txt", "content": base64.b64encode(b"x").decode()},
}
"""What an operation for recipients is asked besides the token."""
