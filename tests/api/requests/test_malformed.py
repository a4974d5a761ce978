"""Malformed requests by the hundred, over raw sockets: each is answered below 500, and no connection is dropped."""

from __future__ import annotations

import asyncio
import base64
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from service.operations.registry import OPERATIONS
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Installation

pytestmark = pytest.mark.security

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "G\x01T", "")
ODD_TEXTS = (
    *(
        "",
        "a",
        "%00",
        "%0d%0aX:y",
        "%0a",
        "%01",
        "%7f",
        "%ff%fe",
        "%ed%a0%80",
        "%zz",
        "%",
        "%2",
        "%2f..%2f..",
        "..",
        ".",
    ),
    *(
        "a" * 300,
        "a" * 9000,
        "%c3%a4",
        "\xff\xfe",
        "\xc3\xa4",
        "\x01",
        "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
    ),
    *(
        "nan",
        "inf",
        "-1",
        "9" * 400,
        "1e999",
        "0x1",
        "1_0",
        "%D9%A3",
        "None",
        "[]",
        "{}",
        "a b",
        "<>",
        "'\"",
        ";",
        "?",
        "#",
    ),
    *(
        base64.urlsafe_b64encode(text).decode()
        for text in (
            b'["2026-01-01T00:00:00+00:00", "\\ud800"]',
            b'["9999-12-31T23:59:59-12:00", "a"]',
            b"[1e999, 1]",
            b"[" * 500,
            b'[true, "\\u0000"]',
            b"\xff",
            b'["2026-01-01", "a"]',
            b"[99999999999999999999999, 1, 2]",
        )
    ),
)
QUERIES = (
    *("key", "item", "cursor", "limit", "path", "upload", "profile", "bbox", "crs", "size", "rescale", "colormap"),
    *("expression", "bidx", "nodata", "tilesize", "format", "empty", "max_size", "dst_crs", "resampling", "algorithm"),
)
HEADERS = {
    "Range": ("bytes=", "bytes=-", "bytes=5-1", "bytes=0-0,2-3", "bytes=" + "9" * 400 + "-", "\xb2", "items=1-2"),
    "If-Range": ('"', "W/", "Mon, 99 Foo", '"a"', "\xff"),
    "If-None-Match": ('W/"', "*", '"' * 100, "\xff", '"a", ' * 1000),
    "If-Match": ("*", '"', "W/*"),
    "If-Modified-Since": ("Fri, 31 Dec 9999 23:59:59 -1200", "0", "\xff"),
    "Host": ("", "a:99999999", "[::1", "a b", "\xff", "a/../b", "a" * 5000),
    "Content-Length": ("x", "-1", "+1", "1, 1", "9" * 400, "0x1", "1_0"),
    "Transfer-Encoding": ("chunked", "gzip", "chunked, chunked", "x"),
    "Content-Encoding": ("gzip", "br", "x", "identity"),
    "Expect": ("100-continue", "nonsense", "\xff"),
    "Content-Type": (
        *(
            "application/json",
            "application/json; charset=utf-16",
            "application/json; charset=nope",
            ";;;/",
            "\xff",
            "a",
        ),
        *(
            f"application/x-www-form-urlencoded; charset={name}"
            for name in ("utf-16", "idna", "punycode", "nope", "hex")
        ),
        *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 100),
    ),
    "Authorization": (
        "Basic",
        "Basic %%%",
        "Basic //////8=",
        "Bearer",
        "Bearer \xff",
        "Bearer a.b.c",
        "Digest a",
        "Basic AAA=",
    ),
    "Cookie": ("tilegate_key=\x01", ";;=", "\xff", "tilegate_key=" + "a" * 7000, 'tilegate_key="'),
    "X-Share-Password": ("\xff", "a" * 7000, "\xc3\xa4" * 40),
    "X-Share-Key": ("\xff", "A" * 68, "=" * 10),
    "X-Api-Key": ("\xff", "tg_" + "a" * 56),
    "X-Organization": ("\xff", "a" * 7000),
    "X-Forwarded-For": (",,", "\xff", "::1%1", "1.2.3.4" * 900),
    "X-Request-ID": ("\xff" * 8, "a\tb" * 8, "a" * 65),
    "Origin": ("null", "\xff", "http://[::1", "a" * 7000),
    "Referer": ("http://[::1", "\xff", "//", "http://a:99999999/"),
    "User-Agent": ("\xff", "\x7f", ""),
    "Accept": ("text/html", "application/json", "\xff", ";q=x"),
    "Upload-Complete": ("?0", "?1", "?2", "\xff"),
    "Upload-Offset": ("0", "-1", "9" * 400, "\xb2"),
    "Connection": ("close", "upgrade", "keep-alive, close"),
    "Upgrade": ("websocket", "h2c"),
    "Bad Name": ("a",),
    "X-\x00": ("a",),
}
JSON = (
    *(
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"a"',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"NaN",
        b'{"token": NaN}',
        b'{"token": 1e999}',
    ),
    *(
        b"[" * 20_000,
        b'{"a":' * 5000,
        b'{"token": "\\ud800"}',
        b'{"token": "\\u0000"}',
        b'{"token": ' + b"9" * 5000 + b"}",
    ),
    *(b'{"token": "a", "token": "b"}', b"{} // c", '{"token": "ä"}'.encode("utf-16"), b'{"cursor": "W10="}', b""),
)
BODIES = (
    *JSON,
    b"password=\xff",
    b"--X\r\n\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=nope''a\r\n\r\nx\r\n--b--",
)


def _target(chance: random.Random, routes: list[str], link: Any, key: str) -> str:
    """A request target: of a route, with odd values in some of its places."""
    if chance.random() < 0.05:
        return chance.choice(
            ("*", "http://a/", "http://[bad/", "//", "a", "", "/" * 3000, "/s", "http://a:b@c/s/x", "a:1")
        )
    values = {"token": link["token"], "name": "110.png", "z": "8", "x": "72", "path": "RGB.byte.tif", "format": "png"}
    values |= {"lon": "-77.5", "lat": "24.5"}

    def fill(match: re.Match[str]) -> str:
        is_odd = chance.random() < (0.2 if match[1] == "token" else 0.5)
        return chance.choice(ODD_TEXTS) if is_odd else values.get(match[1], "a")

    query = [(name, chance.choice(ODD_TEXTS)) for name in chance.sample(QUERIES, chance.randrange(3))]
    if chance.random() < 0.7:
        query.append(("key", key))
    asked = "&".join(f"{name}={value}" for name, value in query)
    return re.sub(r"\{(\w+)\}", fill, chance.choice(routes)) + (f"?{asked}" if asked else "")


def _request(chance: random.Random, routes: list[str], link: Any, key: str, bearer: str) -> bytes:
    """One request, wrong in one place or in several."""
    names = chance.sample(sorted(HEADERS), chance.randrange(4))
    headers = [(name, chance.choice(HEADERS[name])) for name in names]
    body = chance.choice(BODIES) if chance.random() < 0.6 else b""
    if chance.random() < 0.8 and "Host" not in names:
        headers.append(("Host", "a"))
    if "Content-Length" not in names and "Transfer-Encoding" not in names:
        headers.append(("Content-Length", str(len(body))))
    if "Content-Type" not in names and chance.random() < 0.8:
        headers.append(("Content-Type", "application/json"))
    if "Authorization" not in names and chance.random() < 0.4:
        headers.append(("Authorization", f"Bearer {bearer}"))
    method = chance.choice(METHODS[:5]) if chance.random() < 0.8 else chance.choice(METHODS)
    version = "HTTP/1.1" if chance.random() < 0.95 else chance.choice(("HTTP/1.0", "HTTP/2.0", "HTTP/9", "", "X"))
    head = f"{method} {_target(chance, routes, link, key)} {version}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("latin-1", "replace") + b"\r\n" + body


async def _answer(port: int, request: bytes) -> str:
    """What comes back: a status, or what came in place of it. What waits for more of a request is told so."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        try:
            async with asyncio.timeout(0.7):
                line = await reader.readline()
        except TimeoutError:
            writer.write_eof()  # a head or a body that is not whole: it has a deadline
            return "waits"
        except ConnectionError:
            return "dropped"
        return line.split()[1].decode() if line.startswith(b"HTTP/1.") else "dropped"
    finally:
        writer.close()


async def _fuzz(service: Installation, seed: int, count: int) -> str:
    item = await service.add_item()
    link = await service.add_link(item, permission="write")
    key = (await (await service.post("share.link.validate", {}, token=link["token"], password=PASSWORD)).json())["key"]
    app = service.client.app
    assert app is not None
    routes = sorted({route.resource.canonical for route in app.router.routes() if route.resource is not None})
    routes += [operation.operation_path for operation in OPERATIONS.values()]
    chance, wrong, failed, dropped = random.Random(seed), list[tuple[str, bytes]](), 0, 0
    for _ in range(count):
        request = _request(chance, routes, link, key, service.api_key)
        answer = await _answer(service.client.port, request)
        is_failed, is_dropped = answer.startswith("5") and answer != "503", answer == "dropped"
        failed, dropped = failed + is_failed, dropped + is_dropped
        if is_failed or is_dropped:
            wrong.append((answer, request[:1500]))
    assert not wrong, "\n".join(f"{answer} {text!r}" for answer, text in wrong[:20])
    return f"5xx {failed} and dropped {dropped} of {count}"


async def _unlimited(install: Any) -> Installation:
    rates = {f"rate_{name}": 10**6 for name in ("create", "read", "update", "list", "tiles", "requests")}
    service: Installation = await install(**rates)
    return service


async def test_malformed_requests_are_answered_below_500(install: Any) -> None:
    await _fuzz(await _unlimited(install), 1, 400)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [2, 3, 4])
async def test_thousands_of_malformed_requests_are_answered_below_500(
    install: Any, seed: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("malformed →", await _fuzz(await _unlimited(install), seed, 4000))
