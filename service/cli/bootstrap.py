"""`tilegate bootstrap`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from service.accounts.bootstrap import Account, find_account, issue_key
from service.accounts.bootstrap import bootstrap as make_account
from service.accounts.store import AccountStore
from service.cli.one_line import Refused
from service.cli.options import data_option, json_option, load_settings
from service.cli.recorded import by_command
from service.database.audit.recording import record_changes
from service.database.engine import migrate, open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from service.settings import Settings


@click.command()
@click.option("--organization", default="My organization", show_default=True, help="Name of who is billed.")
@click.option("--project", default="My project", show_default=True, help="Name of the first project.")
@click.option("--email", default="owner@localhost", show_default=True, help="E-mail address of its admin.")
@click.option("--name", default="Owner", show_default=True, help="Name of its admin.")
@click.option("--again", is_flag=True, help="Give a further API key where all of that exists.")
@data_option
@json_option
def bootstrap(data_dir: Path | None, *, again: bool, as_json: bool, **names: str) -> None:
    """Make the first organization, project, user and API key, and print them.

    The key is shown this once. It holds every scope, `operator` for the whole installation among them.
    """
    account, key = asyncio.run(_bootstrap(load_settings(data_dir=data_dir), names, again=again))
    shown_fields = {**asdict(account), "api_key": key}
    click.echo(
        json.dumps(shown_fields, indent=2)
        if as_json
        else "\n".join(f"{name:<16} {shown_fields[name]}" for name in shown_fields)
    )


async def _bootstrap(settings: Settings, names: dict[str, str], *, again: bool) -> tuple[Account, str]:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_engine(settings.sql_url) as engine:
        await migrate(engine)
        record_changes(engine, settings.audit_days)
        store = AccountStore(engine)
        account = await find_account(store)
        if account is not None and not again:
            raise Refused("there is an organization already: `tilegate bootstrap --again` gives a further API key")
        with by_command("bootstrap"):
            account = account or await make_account(store, **names)
            return account, await issue_key(store, account, "bootstrap")
