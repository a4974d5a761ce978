"""`tilegate demo`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import click

from service.accounts.bootstrap import issue_key
from service.cli.copying import copy_into
from service.cli.demonstration import DemoLink, Demonstration
from service.cli.one_line import Refused
from service.cli.options import load_settings
from service.cli.reading import restrict_reading
from service.cli.sharing import any_account, local_services, owner, register
from service.demo_rasters import write_demo_rasters
from service.errors import TilegateError
from service.links.credentials.readable_password import readable_password
from service.links.link import TargetType
from service.operations.links.create import create_link
from service.operations.links.models import LinkCreate
from service.processes.logs import configure_logging
from service.processes.loops import run_until_signalled
from service.processes.supervision.supervisor import prepared
from tiling.gate.gdal_lockdown import WRITING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.identifiers import ProjectId
    from service.operations.core.operation import Context
    from service.settings import Settings

ROOT = "demo"
LIFETIME = timedelta(days=7)
POLL_INTERVAL = 0.1  # seconds
NAMES = {"island": "Island, as seen from above", "island-elevation": "Island, elevation"}


@click.command()
@click.argument(
    "rasters",
    nargs=-1,
    metavar="[RASTER]...",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
)
@click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Folder of the demo; it can be deleted afterwards.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
def demo(rasters: tuple[Path, ...], folder: Path, host: str, port: int) -> None:
    """Start a service with shared rasters, print their links and run until Ctrl-C.

    RASTER: GeoTIFFs to share; they are copied into the demo's folder. Without any, an island is drawn.
    What is printed is also in the folder's demo.json. Needs no other server.
    """
    restrict_reading(WRITING)
    settings = load_settings(
        data_dir=folder, host=host, port=port, storage_roots={ROOT: folder / "rasters"}, log_level="WARNING"
    ).model_copy(update={"database_url": None, "redis_url": None, "public_url": None, "standby": False})
    configure_logging(settings.log_level)
    run_until_signalled(_demo(settings, rasters))
    click.echo("\nStopped.")


async def _demo(settings: Settings, rasters: Sequence[Path]) -> None:
    async with prepared(settings) as supervisor:
        resolved = supervisor.settings
        record = resolved.data_dir / "demo.json"
        record.unlink(missing_ok=True)  # that of the last run
        demonstration = await _set_up(resolved, rasters)
        serving = asyncio.create_task(supervisor.run())
        announcing = asyncio.create_task(_announce(demonstration, record))
        try:
            await asyncio.wait({serving, announcing}, return_when=asyncio.FIRST_COMPLETED)
            if announcing.done():
                announcing.result()
            await serving
        finally:
            for task in (announcing, serving):
                task.cancel()
            await asyncio.gather(announcing, serving, return_exceptions=True)


async def _set_up(settings: Settings, rasters: Sequence[Path]) -> Demonstration:
    folder = settings.folders[ROOT]
    places = await asyncio.to_thread(_place, folder, rasters)
    async with local_services(settings, "demo") as services:
        account = await any_account(services)
        context = owner(services, account)
        links = [await _share(context, account.project_id, source, place.name) for source, place in places]
        return Demonstration(
            base_url=settings.base_url,
            api_key=await issue_key(services.accounts.store, account, "demo"),
            organization_id=account.organization_id,
            project_id=account.project_id,
            storage_root=ROOT,
            storage_root_dir=str(folder),
            links=tuple(links),
        )


def _place(folder: Path, rasters: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Return each raster and where it is in the folder. Blocks."""
    if rasters:
        return [(raster, copy_into(folder, raster)[0]) for raster in rasters]
    folder.mkdir(parents=True, exist_ok=True)
    return [(path, path) for path in write_demo_rasters(folder)]


async def _share(context: Context, project_id: ProjectId, source: Path, path: str) -> DemoLink:
    password = readable_password()
    try:
        item_id = await register(context, project_id, ROOT, path)
    except TilegateError as error:
        raise Refused(f"{source} cannot be shared: {error.detail}") from error
    request = LinkCreate(
        target_type=TargetType.ITEM,
        target_id=item_id,
        password=password,
        expires_at=datetime.now(UTC) + LIFETIME,
        name=NAMES.get(Path(path).stem),
    )
    link = await create_link(context, request)
    return DemoLink(name=link.name, url=link.url, token=link.token, password=password, tilejson_url=link.tilejson_url)


async def _announce(demonstration: Demonstration, record: Path) -> None:
    await _wait_until_ready(demonstration.base_url)
    demonstration.write(record)
    click.echo(demonstration.text(record))


async def _wait_until_ready(base_url: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{base_url}/readyz") as response:
                    if response.ok:
                        return
            await asyncio.sleep(POLL_INTERVAL)
