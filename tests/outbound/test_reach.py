"""Which servers may be asked."""

from __future__ import annotations

import ssl
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509

from service.outbound.call import Call, ask
from service.outbound.reach import Reach, check_url
from tests.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LOCAL = Reach(this_machine=True)
PUBLIC = Reach()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "file:///etc/passwd",
        "https://",
        "https://u:p@x/",
        "https://u@x/",
        "https://x:99999/",
        "x",
        "https://a b/",
        "https://x/\n",
        "https://x/" + "a" * 2000,
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be https|[Pp]ort|Host|host"):
        check_url(url)


@pytest.mark.parametrize(
    ("address", "https", "http", "private"),
    [
        ("127.0.0.1", True, True, True),
        ("::1", True, True, True),
        ("93.184.215.14", True, False, True),
        ("2606:2800:220:1::1", True, False, True),
        ("10.0.0.1", False, False, True),
        ("192.168.1.1", False, False, True),
        ("fd00::1", False, False, True),
        ("::ffff:10.0.0.1", False, False, True),
        ("64:ff9b::a00:1", False, False, True),
        ("64:ff9b::5db8:d70e", True, False, True),
        ("2002:a00:1::", False, False, True),
        ("64:ff9b::a9fe:a9fe", False, False, False),
        ("169.254.169.254", False, False, False),
        ("100.64.0.1", False, False, False),
        ("fe80::1", False, False, False),
        ("fec0::1", False, False, False),
        ("0.0.0.0", False, False, False),
        ("224.0.0.1", False, False, False),
        ("ff02::1", False, False, False),
    ],
)
def test_only_some_addresses_are_asked(address: str, https: bool, http: bool, private: bool) -> None:
    def is_asked(reach: Reach, *, is_https: bool) -> bool:
        try:
            reach.admitted([address], is_https=is_https)
        except PermissionError:
            return False
        return True

    assert is_asked(LOCAL, is_https=True) is https
    assert is_asked(LOCAL, is_https=False) is http
    assert is_asked(Reach(this_machine=True, private=True), is_https=True) is private
    is_loopback = address in {"127.0.0.1", "::1"}
    assert is_asked(PUBLIC, is_https=True) is (https and not is_loopback)
    assert not is_asked(PUBLIC, is_https=False)


def test_networks_that_are_allowed_may_be_asked_by_http() -> None:
    reach = Reach(networks=(ip_network("10.1.0.0/16"), ip_network("::1/128")))
    assert reach.admitted(["10.1.2.3"], is_https=False) == "10.1.2.3"
    assert reach.admitted(["::1"], is_https=False) == "::1"
    for address in ("10.2.0.1", "127.0.0.1", "93.184.215.14"):
        with pytest.raises(PermissionError):
            reach.admitted([address], is_https=False)


def test_one_address_that_may_not_be_asked_is_enough() -> None:
    with pytest.raises(PermissionError):
        PUBLIC.admitted(["93.184.215.14", "10.0.0.1"], is_https=True)
    with pytest.raises(PermissionError):
        PUBLIC.admitted([], is_https=True)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with TestServer(mirror()) as server:
        assert server.port is not None
        yield server.port


def mirror() -> web.Application:
    """A server that says what it was asked."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"host": request.headers["Host"], "path": request.raw_path})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    return app


async def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_the_name_is_what_the_certificate_must_be_for(tmp_path: Path) -> None:
    file = make_certificate(tmp_path / "server.pem", x509.DNSName("hooks.example.org"))
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context(cafile=file)
    theirs.load_cert_chain(file)
    server = TestServer(mirror(), scheme="https")
    await server.start_server(ssl=theirs)
    try:
        call = Call(url=f"https://hooks.example.org:{server.port}/", headers={}, seconds=20, most_bytes=1000)
        assert (await ask(call, LOCAL, here, ours)).status == 200
        for other, believed in (("hooks", ssl.create_default_context()), ("other", ours)):
            call = Call(url=f"https://{other}.example.org:{server.port}/", headers={}, seconds=20)
            with pytest.raises((OSError, ValueError)):
                await ask(call, LOCAL, here, believed)
    finally:
        await server.close()


async def test_a_name_is_looked_up_once_and_that_address_is_asked(port: int) -> None:
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, to: int) -> list[str]:
        asked.append((host, to))
        return ["127.0.0.1"]

    url = f"http://rebinding.invalid:{port}/a%2Fb?c=%20#d"
    answer = await ask(Call(url=url, headers={}, seconds=20, most_bytes=1000), LOCAL, resolve)
    assert asked == [("rebinding.invalid", port)]
    assert answer.body.decode() == f'{{"host": "rebinding.invalid:{port}", "path": "/a%2Fb?c=%20"}}'


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"])
async def test_other_spellings_of_this_machine_are_this_machine(host: str, port: int) -> None:
    with pytest.raises((PermissionError, OSError, ValueError)):
        await ask(Call(url=f"https://{host}:{port}/", headers={}, seconds=20), PUBLIC)
    with pytest.raises((PermissionError, OSError, ValueError)):
        await ask(Call(url=f"http://{host}:{port}/", headers={}, seconds=20), PUBLIC)
