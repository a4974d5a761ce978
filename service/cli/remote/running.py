"""Running an operation's command: which service, which password, and where the answer goes."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from service.cli.one_line import Refused
from service.cli.remote.calling import CallFailed, ask
from service.cli.remote.logins import Login, chosen_login, clean_url
from service.cli.remote.saving import save
from service.cli.remote.showing import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from service.cli.remote.description import Operation

LINK = re.compile(r"(?P<url>https?://[^?#]+)/s/(?P<token>[A-Za-z0-9_-]+)(?:[/?#].*)?")
NEW_PASSWORD, PASSWORD = "field_missing", "password_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a command line asks for."""

    operation: Operation
    body: Mapping[str, Any]
    as_json: bool = False
    only: str | None = None
    """The one field of the answer that is shown."""
    every_page: bool = False
    output: Path | None = None
    password_file: Path | None = None

    def with_password(self, password: str) -> Wish:
        """Return the same with a password."""
        return replace(self, body={**self.body, "password": password})


def run(wish: Wish) -> None:
    """Ask and show. Raises click.ClickException."""
    login, wish = service_of(wish)
    if wish.password_file is not None:
        with click.open_file(str(wish.password_file)) as file:
            wish = wish.with_password(file.readline().rstrip("\r\n"))
    elif any(field.name == "password" for field in wish.operation.required) and "password" not in wish.body:
        wish = wish.with_password(_asked(is_new=True))
    try:
        _run(login, wish)
    except CallFailed as failure:
        is_new = failure.code == NEW_PASSWORD and failure.field == "password"
        if not (is_new or failure.code == PASSWORD) or wish.operation.field("password") is None or not _can_ask():
            raise
        _run(login, wish.with_password(_asked(is_new=is_new)))


def _run(login: Login, wish: Wish) -> None:
    if wish.operation.is_binary or wish.body.get("format") == "csv":
        save(login, wish.operation, wish.body, wish.output)
        return
    answer = (
        _every_page(login, wish)
        if wish.every_page
        else ask(login, wish.operation.id, wish.body, keyed=wish.operation.takes_key)
    )
    if wish.only is not None or wish.as_json:
        click.echo(_for_a_script(answer, wish.only))
        return
    for line in shown(answer):
        click.echo(line)
    if answer.get("next_cursor"):
        click.echo(f"There is more: --all, or --cursor {answer['next_cursor']}", err=True)


def _for_a_script(answer: Mapping[str, Any], only: str | None) -> str:
    """Return an answer as JSON, or what `links.0.id` leads to in it; a text without quotes. Raises Refused."""
    value: Any = answer
    for word in only.split(".") if only else ():
        inside = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
        key = int(word) if word.isdecimal() else word
        if key not in inside:
            raise Refused(f"the answer has no {only}; it has {', '.join(answer)}")
        value = inside[key]
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=None if only else 2, ensure_ascii=False)


def _every_page(login: Login, wish: Wish) -> dict[str, Any]:
    """Return all pages as one."""
    rows, body = list[Any](), dict(wish.body)
    name = wish.operation.rows or ""
    while True:
        page = ask(login, wish.operation.id, body)
        rows += page[name]
        if page["next_cursor"] is None:
            return {**page, name: rows}
        body["cursor"] = page["next_cursor"]


def service_of(wish: Wish) -> tuple[Login, Wish]:
    """Return which service is asked. The address of a link may stand for its token, and says itself where it is."""
    chosen = click.get_current_context().find_root().params
    login = chosen_login(os.environ, chosen.get("profile"))
    if chosen.get("url"):
        login = _at(clean_url(chosen["url"]), login)
    if match := LINK.fullmatch(str(wish.body.get("token", ""))):
        wish = replace(wish, body={**wish.body, "token": match["token"]})
        login = _at(match["url"], login)
    if login is None:
        raise Refused(
            "no service is chosen: `tilegate login --url https://…`, TILEGATE_URL, or --url before the command"
        )
    if login.api_key is None and wish.operation.needs_key:
        raise Refused(f"this needs an API key for {login.url}: `tilegate login --url {login.url}`, or TILEGATE_API_KEY")
    return login, wish


def _at(url: str, login: Login | None) -> Login:
    """Return the login for an address. A key goes nowhere but to the service that it was saved for."""
    if login is not None and login.url == url:
        return login
    return Login(url=url)


def _asked(*, is_new: bool) -> str:
    if not _can_ask():
        raise click.UsageError("give --password-file, or --password")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=is_new, err=True))


def _can_ask() -> bool:
    return sys.stdin.isatty()
