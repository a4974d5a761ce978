"""The sharer of the soak: makes an account and links, and asks what was used, over HTTP as anybody does."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import mercantile

from service.accounts.bootstrap import bootstrap, issue_key
from service.accounts.store import AccountStore
from service.database.engine import open_engine
from tests.faults.soak.system import CHECKOUT, PATIENCE

if TYPE_CHECKING:
    from tests.faults.soak.system import System

RASTER = CHECKOUT / "tests" / "data" / "RGB.byte.tif"
PASSWORD = "correct horse battery"
ZOOMS = range(5, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharer:
    """An account and its API key."""

    url: str
    organization_id: str
    project_id: str
    api_key: str

    async def ask(self, operation: str, **body: Any) -> Any:
        """Call an operation and return its answer, as soon as the service can give it."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession(headers=headers) as session:
            while True:
                async with session.post(f"{self.url}/v1/op/{operation}", json=body) as response:
                    answer = await response.json()
                if response.status == 200:
                    return answer
                assert response.status == 503, answer
                await asyncio.sleep(0.1)

    async def add_item(self) -> str:
        """Register the raster; return its item's id."""
        item = await self.ask("item.create", project_id=self.project_id, root="files", path=RASTER.name)
        return str(item["id"])

    async def share(self, item_id: str) -> tuple[str, list[str]]:
        """Share an item; return the link's id, and paths of tiles with a key inside."""
        fields = {"target_type": "item", "target_id": item_id, "password": PASSWORD, "expires_in_hours": 240}
        link = await self.ask("share.link.create", **fields)
        tilejson = await self.ask("share.tilejson", token=link["token"], password=PASSWORD)
        template = urlsplit(tilejson["tiles"][0])
        paths = []
        for z in ZOOMS:
            tile = mercantile.tile(*tilejson["center"][:2], z)
            path = f"{template.path}?{template.query}"
            paths.append(path.replace("{z}", str(z)).replace("{x}", str(tile.x)).replace("{y}", str(tile.y)))
        return link["id"], paths

    async def renders(self) -> int:
        """Return what `usage.current` says."""
        return int((await self.ask("usage.current", organization_id=self.organization_id))["renders"])


async def sharer_of(system: System) -> Sharer:
    """Make an account, and put the raster where it can be shared."""
    async with open_engine(system.database) as engine:
        store = AccountStore(engine)
        account = await bootstrap(store, organization="Soak", project="Maps", email="a@example.org", name="A")
        api_key = await issue_key(store, account, "soak")
    shutil.copy(RASTER, system.data / "files")
    return Sharer(
        url=system.url, organization_id=account.organization_id, project_id=account.project_id, api_key=api_key
    )
