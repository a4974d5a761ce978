"""Links for tests, in memory and in SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import bcrypt

from service.accounts.bootstrap import Account, bootstrap
from service.accounts.store import AccountStore
from service.catalogue.store import ItemStore
from service.identifiers import ItemId, LinkId, OrganizationId, ProjectId, UserId, new_id
from service.links.link import Link, Permission, TargetType
from service.links.store import LinkStore
from tests.catalogue.samples import make_item

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"
PASSWORD_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def make_link(**changes: Any) -> Link:
    """Return a link that is active at all times, with some fields of one's own."""
    link = Link(
        id=LinkId(new_id("lnk")),
        organization_id=OrganizationId(new_id("org")),
        project_id=ProjectId(new_id("prj")),
        target_type=TargetType.ITEM,
        target_id=ItemId(new_id("itm")),
        permission=Permission.VIEW,
        name="A link",
        description="",
        password_hash=PASSWORD_HASH,
        rotation=0,
        generation=1,
        version=1,
        created_by=UserId(new_id("usr")),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(link, **changes)


async def store_account(engine: AsyncEngine, name: str = "Org") -> Account:
    """Add an organization with a project and its admin."""
    return await bootstrap(
        AccountStore(engine), organization=name, project="Maps", email=f"a@{name.lower()}.example", name="A"
    )


async def store_link(engine: AsyncEngine, account: Account | None = None, **changes: Any) -> Link:
    """Add a link, with an item of its own, to an account or to a new one."""
    account = account or await store_account(engine)
    item = make_item(project_id=account.project_id)
    await ItemStore(engine).add(item)
    link = make_link(
        organization_id=account.organization_id,
        project_id=account.project_id,
        target_id=item.id,
        created_by=account.user_id,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    link = replace(link, **changes)
    await LinkStore(engine).add(link)
    return link
