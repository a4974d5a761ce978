"""`tilegate seed`: tiles of a raster rendered ahead by a running service, while one looks on."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from service.cli.one_line import Refused
from service.cli.options import json_option
from service.cli.remote.calling import ask
from service.cli.remote.description import operations
from service.cli.remote.running import Wish, service_of
from service.cli.remote.values import Numbers

if TYPE_CHECKING:
    from service.cli.remote.logins import Login

LARGE_TILES, LARGE_BYTES, LARGE_MINUTES = 20_000, 2**30, 15.0
"""Beyond any of these it is asked whether that is meant."""
LOOK_SECONDS = 1.0
OPEN = frozenset({"waiting", "running"})


@click.command()
@click.argument("item_id")
@click.option("--profile", help="Which profile. Default: the item's default one.")
@click.option("--format", type=click.Choice(["png", "jpg", "webp"]), default="png", show_default=True)
@click.option("--tilesize", type=click.Choice(["256", "512"]), default="256", show_default=True)
@click.option("--minzoom", type=click.IntRange(0, 24), help="Default: the item's.")
@click.option("--maxzoom", type=click.IntRange(0, 24), help="Default: the item's.")
@click.option("--bbox", type=Numbers(4, "west,south,east,north"), help="Only this part. Default: all of the raster.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and begin nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before a large one.")
@click.option("--no-wait", is_flag=True, help="Begin it, and do not wait for its end.")
@json_option
def seed(*, dry_run: bool, yes: bool, no_wait: bool, as_json: bool, tilesize: str, **wanted: Any) -> None:
    """Render tiles of the raster item ITEM_ID ahead, into an archive that is served without a render.

    The service does it in the background, after everybody who waits for a tile. Ctrl-C leaves it at work; the same
    command looks on again, and goes on where a failure has stopped it.
    """
    body = {name: value for name, value in wanted.items() if value is not None} | {"tilesize": int(tilesize)}
    login, _ = service_of(Wish(operation=operations()["item.seed"], body=body))
    expected = ask(login, "item.seed", {**body, "dry_run": True})
    click.echo(_estimated(expected), err=True)
    if dry_run:
        _show(expected, as_json=as_json)
        return
    if _is_large(expected) and not yes:
        if not sys.stdin.isatty():
            raise Refused("this is a large one: give --yes")
        click.confirm("Begin?", abort=True, err=True)
    begun = ask(login, "item.seed", body)
    _show(begun if no_wait else _watched(login, begun), as_json=as_json)


def _estimated(seed: dict[str, Any]) -> str:
    size, minutes = seed["estimated_bytes"] / 2**20, seed["estimated_minutes"]
    return (
        f"{seed['tiles']:,} tiles of zooms {seed['minzoom']} to {seed['maxzoom']}, about {size:,.1f} MiB and "
        f"{minutes:,.1f} minutes of one core"
    )


def _is_large(seed: dict[str, Any]) -> bool:
    limits = {"tiles": LARGE_TILES, "estimated_bytes": LARGE_BYTES, "estimated_minutes": LARGE_MINUTES}
    return any(seed[name] > most for name, most in limits.items())


def _watched(login: Login, seed: dict[str, Any]) -> dict[str, Any]:
    """Show how far it is until it ends. Raises Refused with the reason where it stops."""
    look = {name: seed[name] for name in ("profile", "format", "tilesize")}
    with click.progressbar(length=seed["tiles"], label="Tiles", file=sys.stderr) as bar:
        bar.update(seed["done"])
        while seed["state"] in OPEN:
            time.sleep(LOOK_SECONDS)
            before = seed["done"]
            found = ask(login, "item.seeds.list", {"item_id": seed["item_id"]})["seeds"]
            seed = next((each for each in found if look.items() <= each.items()), {**seed, "state": "deleted"})
            bar.update(seed["done"] - before)
    if seed["state"] != "done":
        raise Refused(seed["detail"] or f"the seed is {seed['state']}")
    return seed


def _show(seed: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(seed, indent=2, ensure_ascii=False))
    elif seed["state"] is not None:
        click.echo(f"{seed['state']}: {seed['done']:,} of {seed['tiles']:,} tiles, {seed['bytes'] / 2**20:,.1f} MiB")
