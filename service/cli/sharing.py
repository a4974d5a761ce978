"""Registering and sharing without a server: what `tilegate share` and `tilegate demo` have in common."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from service.accounts.access import Principal
from service.accounts.api_keys import ALL_SCOPES
from service.accounts.bootstrap import Account, bootstrap, find_account
from service.catalogue.item import ItemKind
from service.cli.recorded import by_command
from service.composition.services import open_services
from service.links.admission import Client
from service.operations.catalogue.item_models import ItemCreate
from service.operations.catalogue.items import create_item
from service.operations.core.operation import Context
from service.operations.core.services import Services
from service.processes.address import running_address
from service.processes.valkey import redis_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from service.catalogue.item import Item
    from service.identifiers import ProjectId
    from service.settings import Settings

PAGE = 200


@asynccontextmanager
async def local_services(settings: Settings, command: str) -> AsyncIterator[Services]:
    """Yield the services of a data folder, whether or not a server runs on it. Raises StartFailed, OSError.

    What is changed by them is recorded as the command's. Links have the address of the server that runs on it, whatever
    its port, unless an operator set `public_url`.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with redis_of(settings) as redis_url:
        public_url = settings.public_url or running_address(settings.data_dir)
        resolved = settings.model_copy(update={"redis_url": redis_url, "public_url": public_url})
        async with open_services(resolved) as services:
            with by_command(command):
                yield services


async def any_account(services: Services) -> Account:
    """Return the first account; one with plain names is made where there is none."""
    return await find_account(services.accounts.store) or await bootstrap(
        services.accounts.store,
        organization="My organization",
        project="My project",
        email="owner@localhost",
        name="Owner",
    )


def owner(services: Services, account: Account) -> Context:
    """Return the context of an account's user, with every scope: who can write the data folder could take them all."""
    principal = Principal(
        user_id=account.user_id, organization_id=account.organization_id, scopes=frozenset(ALL_SCOPES)
    )
    return Context(services=services, client=Client(address="127.0.0.1"), principal=principal)


async def register(context: Context, project_id: ProjectId, root: str, path: str) -> str:
    """Return the id of the raster item of a file, registered if it is not or if the file has changed since.

    Raises TilegateError with the reason where it cannot be served.
    """
    changed_at = (context.services.catalogue.roots.folder(root) / path).stat().st_mtime
    async for item in _items(context.services, project_id):
        if (item.root, item.path, item.kind) == (
            root,
            path,
            ItemKind.RASTER,
        ) and item.updated_at.timestamp() > changed_at:
            return item.id
    request = ItemCreate(project_id=project_id, root=root, path=path, kind=ItemKind.RASTER)
    return (await create_item(context, request)).id


async def _items(services: Services, project_id: ProjectId) -> AsyncIterator[Item]:
    after = None
    while page := await services.catalogue.items.list([project_id], after=after, limit=PAGE):
        for item in page:
            yield item
        after = (page[-1].created_at, page[-1].id)
