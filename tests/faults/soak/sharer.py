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
from service.accounts.root_grants import EVERY_ROOT, new_grant
from service.accounts.store import AccountStore
from service.database.engine import open_engine
from tests.faults.soak.system import CHECKOUT

if TYPE_CHECKING:
    from tests.faults.soak.system import System

RASTER = CHECKOUT / "tests" / "data" / "RGB.byte.tif"
PASSWORD = "correct horse battery"
BUSY = 120.0  # seconds: registering has a low priority on a busy machine
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
        async with asyncio.timeout(BUSY), aiohttp.ClientSession(headers=headers) as session:
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
        large = paths[0].replace(".png", "@2x.png")
        lon, lat = tilejson["center"][:2]
        point = f"/s/{link['token']}/point/{lon},{lat}?{template.query}"
        return link["id"], [*paths, large, point]

    async def answers(self) -> int:
        """Return how many tiles and queries `usage.current` says."""
        usage = await self.ask("usage.current", organization_id=self.organization_id)
        return int(usage["renders"]) + int(usage["queries"])

    async def set_budget(self, **limits: int | str) -> None:
        """Limit what the organization may use in this month; no limit where none is given."""
        await self.ask("budget.set", organization_id=self.organization_id, **limits)


async def sharer_of(system: System, name: str) -> Sharer:
    """Make an account with an organization of its own, and put the raster where it can be shared."""
    async with open_engine(system.database) as engine:
        store = AccountStore(engine)
        account = await bootstrap(store, organization=name, project="Maps", email=f"{name}@example.org", name=name)
        await store.root_grants.add(new_grant(EVERY_ROOT, "", account.organization_id, account.project_id))
        api_key = await issue_key(store, account, "soak")
    shutil.copy(RASTER, system.data / "files")
    return Sharer(
        url=system.url, organization_id=account.organization_id, project_id=account.project_id, api_key=api_key
    )
