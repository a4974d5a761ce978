"""`tilegate share`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli.copying import copy_into
from service.cli.one_line import Refused
from service.cli.options import Moment, data_option, json_option, load_settings
from service.cli.reading import restrict_reading
from service.cli.sharing import any_account, local_services, owner, register
from service.errors import TilegateError
from service.links.credentials.passwords import check_new_password
from service.links.credentials.readable_password import readable_password
from service.links.link import Permission, TargetType
from service.operations.links.create import create_link
from service.operations.links.models import LinkCreate, LinkOutput

if TYPE_CHECKING:
    from datetime import datetime

    from service.identifiers import ProjectId
    from service.operations.core.operation import Context
    from service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for."""

    path: Path
    password: str
    expires: datetime
    name: str | None
    project: str | None
    permission: str
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file is in the storage roots."""

    root: str
    path: str
    new_copy: Path | None = None
    """Set if this command put it there: it goes again if it cannot be registered."""


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--password", help="What recipients must know. Asked for if it is not given.")
@click.option("--generate-password", is_flag=True, help="Make up a good one and print it.")
@click.option(
    "--expires",
    type=Moment(),
    metavar="DURATION|TIME",
    default="7d",
    show_default=True,
    help="When the link ends: 30m, 12h, 7d, 4w from now, or a time in RFC 3339.",
)
@click.option("--name", help="What recipients see. Default: the file's name.")
@click.option("--project", help="Name or id of the project. Default: the first one.")
@click.option(
    "--permission",
    type=click.Choice([permission.value for permission in Permission]),
    default="view",
    show_default=True,
)
@click.option("--copy", is_flag=True, help="Copy a file that lies outside the storage roots into the first one.")
@data_option
@json_option
def share(
    *, password: str | None, generate_password: bool, data_dir: Path | None, as_json: bool, **wishes: object
) -> None:
    """Register the raster PATH and make a password-protected, expiring link to it.

    Works beside a running `tilegate serve` on the same data folder, and without one.
    """
    restrict_reading()
    settings = load_settings(data_dir=data_dir)
    chosen = _password(password, generate=generate_password)
    wish = Wish(password=chosen, **wishes)  # type: ignore[arg-type]
    link = asyncio.run(_share(settings, wish))
    if as_json:
        shown = {"password": chosen} if generate_password else {}
        click.echo(json.dumps(link.model_dump(mode="json") | shown, indent=2))
        return
    click.echo(f"Link      {link.url}")
    click.echo(f"Password  {chosen if generate_password else 'the one you gave: send it another way than the link'}")
    click.echo(f"Expires   {wish.expires:%Y-%m-%d %H:%M} UTC")
    click.echo(f"TileJSON  {link.tilejson_url}")
    for warning in link.warnings:
        click.echo(f"Note      {warning}", err=True)


def _password(given: str | None, *, generate: bool) -> str:
    if generate and given is not None:
        raise click.UsageError("--password and --generate-password exclude each other")
    if generate:
        return readable_password()
    if given is None and not sys.stdin.isatty():
        raise click.UsageError("give a --password, or --generate-password")
    chosen = given if given is not None else str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    check_new_password(chosen)  # before anything is copied
    return chosen


async def _share(settings: Settings, wish: Wish) -> LinkOutput:
    place = await asyncio.to_thread(_place, settings, wish)
    async with local_services(settings, "share") as services:
        account = await any_account(services)
        context = owner(services, account)
        project_id = await _project(context, wish.project) if wish.project else account.project_id
        request = LinkCreate(
            target_type=TargetType.ITEM,
            target_id=await _registered(context, project_id, place),
            permission=Permission(wish.permission),
            password=wish.password,
            expires_at=wish.expires,
            name=wish.name,
        )
        return await create_link(context, request)


def _place(settings: Settings, wish: Wish) -> Place:
    """Return where the file is, or its copy. Blocks."""
    real = wish.path.resolve()
    for name, folder in settings.folders.items():
        if real.is_relative_to(folder.resolve()):
            return Place(root=name, path=real.relative_to(folder.resolve()).as_posix())
    if not settings.folders:
        raise Refused("no storage root is a local folder; register objects with item.create")
    name, folder = next(iter(settings.folders.items()))
    if not wish.copy:
        roots = ", ".join(f"{root} ({place})" for root, place in settings.folders.items())
        raise Refused(f"{wish.path} is in no storage root; there are: {roots}. With --copy it is copied into {name}.")
    copy, is_new = copy_into(folder, real)
    return Place(root=name, path=copy.name, new_copy=copy if is_new else None)


async def _registered(context: Context, project_id: ProjectId, place: Place) -> str:
    try:
        return await register(context, project_id, place.root, place.path)
    except TilegateError:
        if place.new_copy:
            place.new_copy.unlink()
        raise


async def _project(context: Context, wanted: str) -> ProjectId:
    sharer = context.sharer
    projects = await context.services.accounts.store.projects_of(sharer.user_id, sharer.organization_id)
    found = [project.id for project in projects if wanted in {project.id, project.name}]
    if len(found) != 1:
        names = ", ".join(f"{project.name} ({project.id})" for project in projects)
        raise Refused(f"{'several projects are' if found else 'no project is'} called {wanted}; there are: {names}")
    return found[0]
