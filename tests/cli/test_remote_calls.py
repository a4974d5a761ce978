"""The command line against a running service: login, calls, output, errors and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import stat
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.cli.remote.logins import KEY_VARIABLE, PROFILE_VARIABLE, URL_VARIABLE
from service.processes.sockets import listening_socket
from service.settings import Settings
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import Installation

PNG = b"\x89PNG"


@dataclass
class Terminal:
    """A person's shell: its own home, nobody logged in."""

    home: Path
    environment: dict[str, str | None] = field(default_factory=dict)

    async def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """Run `tilegate` in a thread, while the service answers."""
        environment = {"XDG_CONFIG_HOME": str(self.home), **self.environment}
        return await asyncio.to_thread(CliRunner(env=environment).invoke, main, list(words), input=stdin)

    async def json(self, *words: str) -> Any:
        result = await self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    @property
    def logins(self) -> Path:
        return self.home / "tilegate" / "logins.json"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "home")


def url_of(service: Installation) -> str:
    return str(service.client.make_url("")).rstrip("/")


async def test_a_sharer_logs_in_shares_lists_and_revokes(service: Installation, terminal: Terminal) -> None:
    url, item = url_of(service), await service.add_item()
    logged_in = await terminal.run("login", "--url", url + "/", "--api-key-file", "-", stdin=service.api_key + "\n")
    assert logged_in.exit_code == 0, logged_in.output
    assert "Projects: Maps." in logged_in.stdout
    assert stat.S_IMODE(terminal.logins.stat().st_mode) == 0o600
    assert service.api_key not in (await terminal.run("whoami")).output
    assert (await terminal.json("whoami"))["url"] == url

    (terminal.home / "password").write_text(PASSWORD + "\n")
    with_password = ("--password-file", str(terminal.home / "password"))
    create = ("share", "link", "create", "--target-type", "item", "--target-id", item["id"], "--expires-in", "7d")
    link = await terminal.json(*create, *with_password)
    assert link["status"] == "active"
    for _ in range(2):
        await terminal.json(*create, *with_password)

    assert (await terminal.run("share", "link", "get", link["id"], "--get", "token")).stdout == link["token"] + "\n"
    refused = await terminal.run("share", "link", "get", link["id"], "--get", "tokens")
    assert (refused.exit_code, "has no tokens" in refused.stderr) == (2, True)

    assert (await terminal.run("share", "link", "list", "--get", "links.0.id")).stdout == link["id"] + "\n"
    assert (await terminal.run("share", "link", "list", "--get", "links.9.id")).exit_code == 2

    listed = await terminal.run("share", "link", "list", "--limit", "1")
    assert listed.stdout.splitlines()[0].split()[:2] == ["id", "name"]
    assert listed.stdout.splitlines()[1].startswith(link["id"])
    assert "--cursor" in listed.stderr
    everything = await terminal.json("share", "link", "list", "--limit", "1", "--all")
    assert (len(everything["links"]), everything["next_cursor"]) == (3, None)

    table = await terminal.run("usage", "export", "--organization-id", link["organization_id"], "--format", "csv")
    assert table.stdout.startswith("day,organization_id,")

    assert (await terminal.json("share", "link", "revoke", link["id"]))["ok"]
    assert "already_revoked  yes" in (await terminal.run("share", "link", "revoke", link["id"])).stdout
    assert (await terminal.run("logout")).exit_code == 0
    assert "no service is chosen" in (await terminal.run("share", "link", "list")).stderr


async def test_a_recipient_needs_nothing_but_the_address_and_the_password(
    service: Installation, terminal: Terminal, tmp_path: Path
) -> None:
    link = await service.add_link()
    address = f"{url_of(service)}/s/{link['token']}"
    opened = await terminal.json("share", "link", "validate", address, "--password", PASSWORD)
    assert opened["target"]["kind"] == "raster"

    tile = ("share", "tile", "render", "--token", address, "--key", opened["key"], "--z", "8", "--x", "72")
    saved = await terminal.run(*tile, "--y", "110", "--output", str(tmp_path / "tile.png"))
    assert saved.exit_code == 0, saved.output
    assert (tmp_path / "tile.png").read_bytes().startswith(PNG)
    piped = await terminal.run("share", "tile", "preview", address, "--key", opened["key"])
    assert piped.stdout_bytes.startswith(PNG)
    empty = await terminal.run(*tile, "--y", "1", "--output", str(tmp_path / "none.png"))
    assert (empty.exit_code, (tmp_path / "none.png").exists()) == (0, False)
    assert "no data" in empty.stderr


async def test_a_download_that_was_cut_goes_on_where_it_was(
    service: Installation, terminal: Terminal, tmp_path: Path
) -> None:
    link = await service.add_link(target_type="file", permission="download")
    whole = (service.root / "RGB.byte.tif").read_bytes()
    there = {"token": link["token"], "password": PASSWORD, "path": "RGB.byte.tif"}
    stat = await (await service.post("share.file.stat", {}, **there)).json()
    to, words = tmp_path / "copy.tif", ("share", "file", "download", link["token"], "--password", PASSWORD)
    terminal.environment = {URL_VARIABLE: url_of(service)}
    for held, version in ((100_000, stat["etag"]), (7, '"another"'), (len(whole), stat["etag"]), (0, "")):
        (tmp_path / "copy.tif.part").write_bytes(whole[:held])
        (tmp_path / "copy.tif.part.etag").write_text(version)
        saved = await terminal.run(*words, "--output", str(to))
        assert saved.exit_code == 0, saved.output
        assert to.read_bytes() == whole
        assert [path for path in (to.with_suffix(".tif.part"), to.with_suffix(".tif.part.etag")) if path.exists()] == []
        to.unlink()


@pytest.fixture
async def cutting_server() -> AsyncIterator[str]:
    """A server that promises ten bytes and sends five."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "v"\r\nConnection: close\r\n\r\nfirst')
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_an_answer_that_was_cut_is_not_taken_for_whole(
    cutting_server: str, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.environment = {URL_VARIABLE: cutting_server}
    cut = await terminal.run("share", "file", "download", "T", "--output", str(tmp_path / "file"))
    assert (cut.exit_code, "stopped answering" in cut.stderr) == (3, True), cut.output
    assert not (tmp_path / "file").exists()
    assert (tmp_path / "file.part").read_bytes() == b"first"


async def test_errors_are_one_line_with_code_and_request_and_an_exit_code(
    service: Installation, terminal: Terminal
) -> None:
    with listening_socket("127.0.0.1", 0) as free:
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    item = await service.add_item()
    create = ("share", "link", "create", "--target-type", "item", "--password", "long enough", "--expires-in", "7d")
    for words, environment, code, told in (
        ((*create, "--target-id", "itm_none"), {}, 1, "[target_not_found]"),
        ((*create, "--target-id", item["id"], "--expires-in-hours", "1"), {}, 2, "--expires-in-hours: Give"),
        (("share", "tile", "info", "x", "--password", "y"), {}, 1, "[share_not_found]"),
        (("share", "link", "list"), {KEY_VARIABLE: "tg_wrong"}, 1, "[unauthenticated]"),
        (("share", "link", "list"), {KEY_VARIABLE: None}, 2, "needs an API key"),
        (("share", "link", "list"), {URL_VARIABLE: nowhere}, 3, "cannot be reached"),
        (("share", "link", "list"), {URL_VARIABLE: "ftp://x"}, 2, "not the address of a service"),
        (("share", "link", "list"), {PROFILE_VARIABLE: "other"}, 2, "no login called other"),
    ):
        terminal.environment = {URL_VARIABLE: url_of(service), KEY_VARIABLE: service.api_key, **environment}
        result = await terminal.run(*words)
        assert (result.exit_code, result.stderr.count("\n")) == (code, 1), result.output
        assert told in result.stderr
        assert ("(request " in result.stderr) == ("[" in result.stderr)


async def test_several_services_by_name_and_a_key_that_goes_nowhere_else(
    service: Installation, terminal: Terminal
) -> None:
    url = url_of(service)
    words = ("login", "--profile", "work", "--url", url, "--api-key-file", "-")
    assert (await terminal.run(*words, stdin=service.api_key)).exit_code == 0
    assert (await terminal.run("--profile", "work", "project", "list")).exit_code == 0
    assert (await terminal.run("project", "list")).exit_code == 2
    assert "[unauthenticated]" in (await terminal.run(*words, stdin="tg_wrong")).stderr
    terminal.environment = {PROFILE_VARIABLE: "work"}
    assert (await terminal.run("project", "list")).exit_code == 0
    elsewhere = url.replace("127.0.0.1", "localhost")
    assert "needs an API key" in (await terminal.run("--url", elsewhere, "project", "list")).stderr


def test_the_variables_of_the_command_line_are_no_settings() -> None:
    names = {f"TILEGATE_{name.upper()}" for name in Settings.model_fields}
    assert not names & {URL_VARIABLE, KEY_VARIABLE, PROFILE_VARIABLE}


async def test_at_a_terminal_a_password_is_asked_for_and_not_shown(service: Installation, terminal: Terminal) -> None:
    link = await service.add_link()
    words = ["share", "link", "validate", f"{url_of(service)}/s/{link['token']}"]
    shown = await asyncio.to_thread(at_a_terminal, words, PASSWORD, {"XDG_CONFIG_HOME": str(terminal.home)})
    assert "Password: " in shown
    assert PASSWORD not in shown
    assert "key_expires_at" in shown


def at_a_terminal(words: list[str], typed: str, environment: dict[str, str]) -> str:
    """Run `tilegate` at a terminal of its own, answer what it asks, and return all that stood there."""
    ours, terminal = pty.openpty()
    command = [sys.executable, "-c", f"from service.cli import main; main({words!r})"]
    ends = {"stdin": terminal, "stdout": terminal, "stderr": terminal, "start_new_session": True}
    shown = b""
    with os.fdopen(ours, "r+b", buffering=0) as lines:
        process = subprocess.Popen(command, env={**os.environ, **environment}, **ends)  # type: ignore[call-overload]
        os.close(terminal)
        with suppress(OSError):  # EIO: the other side is gone
            while part := lines.read(4096):
                if b"assword: " in part:
                    lines.write(typed.encode() + b"\n")
                shown += part
    process.wait()
    return shown.decode()
