"""Registering and sharing rasters in a data folder on which no server runs, as `tilegate share` does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.cli.sharing import any_account, local_services, owner
from service.identifiers import LinkId, new_id
from service.links.link import TargetType
from service.operations.catalogue.collection_models import CollectionCreate
from service.operations.catalogue.collections import create_collection
from service.operations.catalogue.item_models import ItemCreate, ItemOutput
from service.operations.catalogue.items import create_item
from service.operations.links.create import create_link
from service.operations.links.models import LinkCreate
from service.operations.links.views import link_url
from tiling.models import Profile, ProfileKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from benchmarks.rasters import Rendering
    from service.identifiers import ProjectId
    from service.links.link import Link
    from service.operations.core.operation import Context
    from service.settings import Settings

ROOT = "bench"
PASSWORD = "a password of the bench"
LIFETIME = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where a sharer works."""

    context: Context
    project_id: ProjectId

    async def item(self, path: str, rendering: Rendering) -> ItemOutput:
        """Return a new item: a raster of the root, shown in one way only."""
        request = ItemCreate(project_id=self.project_id, root=ROOT, path=path, profiles=(profile_of(rendering),))
        return await create_item(self.context, request)

    async def collection(self, items: Sequence[str]) -> str:
        """Return the id of a new collection."""
        request = CollectionCreate(project_id=self.project_id, name="Bench", item_ids=tuple(items))
        return (await create_collection(self.context, request)).id

    async def link(self, target_type: TargetType, target_id: str) -> Link:
        """Return a new link with the bench's password."""
        made = await create_link(
            self.context,
            LinkCreate(
                target_type=target_type,
                target_id=target_id,
                password=PASSWORD,
                expires_at=datetime.now(UTC) + LIFETIME,
            ),
        )
        link = await self.context.services.links.store.get(LinkId(made.id))
        assert link is not None
        return link

    async def more_links(self, link: Link, count: int) -> list[Link]:
        """Return new links like one, with its password hash: hashing each anew would take a quarter of a second."""
        links = [replace(link, id=LinkId(new_id("lnk"))) for _ in range(count)]
        for another in links:
            await self.context.services.links.store.add(another)
        return links

    def token(self, link: Link) -> str:
        """Return what stands in the address of a link."""
        return link_url(self.context.services, link).rpartition("/")[2]

    def tile_path(self, link: Link) -> str:
        """Return the path of a link's tiles with a key, with places for z, x and y, where y has its ending."""
        services = self.context.services
        key, _ = services.links.authorizer.new_key(link, LIFETIME.total_seconds() / 2, datetime.now(UTC))
        return f"{urlsplit(link_url(services, link)).path}/{{z}}/{{x}}/{{y}}?key={key}"


@asynccontextmanager
async def sharing(settings: Settings) -> AsyncIterator[Office]:
    """Open an office in a data folder; it is made where it is missing."""
    async with local_services(settings, "bench") as services:
        account = await any_account(services)
        yield Office(context=owner(services, account), project_id=account.project_id)


def profile_of(rendering: Rendering) -> Profile:
    """Return a rendering as a profile of ours."""
    return Profile(
        id="bench",
        label="Bench",
        kind=ProfileKind.RGB if len(rendering.bands) > 1 else ProfileKind.RAW,
        bands=rendering.bands,
        rescale=(rendering.rescale,) if rendering.rescale else (),
        colormap=rendering.colormap,
    )
