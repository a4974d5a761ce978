"""`tilegate login`, `tilegate logout`, `tilegate whoami`."""

from __future__ import annotations

import json
import os
import sys
from typing import IO

import click

from service.cli.one_line import Refused
from service.cli.remote.calling import CallFailed, ask
from service.cli.remote.logins import DEFAULT, KEY_VARIABLE, Login, LoginFile, chosen_login, clean_url
from service.cli.remote.showing import shown

PROBE = "project.list"
NOT_ALLOWED = "scope_missing"

profile_option = click.option("--profile", default=DEFAULT, show_default=True, help="Name of the login.")


@click.command()
@click.option("--url", required=True, help="Address of the service: https://maps.example.org.")
@click.option("--api-key-file", type=click.File(), help="File with the API key, - for standard input. Default: asks.")
@profile_option
def login(url: str, api_key_file: IO[str] | None, profile: str) -> None:
    """Save the address of a service and an API key for the commands that ask it.

    The key is tried first. It is saved in ~/.config/tilegate/logins.json, which nobody else can read. Instead of it,
    TILEGATE_URL and TILEGATE_API_KEY can be set. Several services: --profile NAME here, then `tilegate --profile NAME`.
    """
    chosen = Login(url=clean_url(url), api_key=_api_key(api_key_file))
    projects = _projects(chosen)
    file = LoginFile.of(os.environ)
    file.save(profile, chosen)
    click.echo(f"Logged in to {chosen.url}; saved in {file.path}.")
    if projects is not None:
        click.echo(f"Projects: {', '.join(name for _, name in projects) or 'none'}.")


@click.command()
@profile_option
def logout(profile: str) -> None:
    """Forget the address and the API key of a login. The key itself stays good: `tilegate api-key revoke` ends it."""
    if not LoginFile.of(os.environ).remove(profile):
        raise Refused(f"there is no login called {profile}")
    click.echo("Logged out.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def whoami(*, as_json: bool) -> None:
    """Show which service is asked, with which key, and whether it lets the key in."""
    chosen = chosen_login(os.environ, click.get_current_context().find_root().params.get("profile"))
    if chosen is None:
        raise Refused("not logged in: run `tilegate login --url https://…`")
    projects = _projects(chosen) if chosen.api_key else None
    shown_fields = {
        "url": chosen.url,
        "api_key": chosen.api_key and f"{chosen.api_key[:8]}…",
        "projects": [{"id": identifier, "name": name} for identifier, name in projects or ()],
    }
    click.echo(json.dumps(shown_fields, indent=2) if as_json else "\n".join(shown(shown_fields)))


def _api_key(file: IO[str] | None) -> str:
    if file is not None:
        return file.readline().strip()
    if os.environ.get(KEY_VARIABLE):
        return os.environ[KEY_VARIABLE]
    if not sys.stdin.isatty():
        raise click.UsageError("give --api-key-file, - for standard input")
    return str(click.prompt("API key", hide_input=True, err=True)).strip()


def _projects(chosen: Login) -> list[tuple[str, str]] | None:
    """Return the id and name of each project; None where the key is good but may not ask. Raises CallFailed."""
    try:
        return [(project["id"], project["name"]) for project in ask(chosen, PROBE, {})["projects"]]
    except CallFailed as failure:
        if failure.code == NOT_ALLOWED:
            return None
        raise
