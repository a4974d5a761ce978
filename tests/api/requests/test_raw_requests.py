"""Malformed requests on a raw socket: always an answer, never a 5xx, never silence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

REQUESTS = {
    "NUL in the path": "GET /s/%00/1/1/1.png HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in the query": "GET /s/{token}/info?key=%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "line break in the query": "GET /s/{token}/info?key=%0d%0aX: HTTP/1.1\r\nHost: a\r\n\r\n",
    "line break in the path": "GET /s/{token}%0d%0aSet-Cookie:a/info HTTP/1.1\r\nHost: a\r\n\r\n",
    "bad percent": "GET /s/%zz/info HTTP/1.1\r\nHost: a\r\n\r\n",
    "bad UTF-8": "GET /s/%ff%fe/info HTTP/1.1\r\nHost: a\r\n\r\n",
    "dots": "GET /s/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    "bad port in Host": "GET /s/{token}/info HTTP/1.1\r\nHost: a:99999999\r\n\r\n",
    "no Host": "GET /s/{token}/info HTTP/1.1\r\n\r\n",
    "odd Host": "GET /s/{token}/info HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "absolute form": "GET http://[bad/s/{token}/info HTTP/1.1\r\nHost: a\r\n\r\n",
    "no method": "/ HTTP/1.1\r\n\r\n",
    "binary": "\x16\x03\x01\x02\x00\x01\r\n\r\n",
    "bad length": "POST /v1/op/share.link.validate HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "bad chunk": "POST /v1/op/share.link.validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "unknown charset": "POST /v1/op/share.link.validate HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
    "Content-Type: application/json; charset=nope\r\n\r\n{{}}",
    "bad gzip": "POST /v1/op/share.link.validate HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
    "Content-Type: application/json\r\nContent-Encoding: gzip\r\n\r\nabcd",
    "odd content type": "POST /v1/op/share.link.validate HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
    "Content-Type: ;;;/\r\n\r\n{{}}",
    "form to unlock": "POST /s/{token}/unlock HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
    "Content-Type: multipart/form-data\r\n\r\nabc",
    "odd cookie": "GET /s/{token}/info HTTP/1.1\r\nHost: a\r\nCookie: tilegate_key=\x01; ;;=\r\n\r\n",
    "odd If-None-Match": 'GET /s/{token}/5/1/1.png HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/"\r\n\r\n',
    "odd Referer": "GET /s/{token}/info HTTP/1.1\r\nHost: a\r\nReferer: http://[::1\r\n\r\n",
    "odd X-Forwarded-For": "GET /s/{token}/info HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ,,x\r\n\r\n",
    "long header": "GET /s/{token}/info HTTP/1.1\r\nHost: a\r\nX-Long: " + "a" * 20_000 + "\r\n\r\n",
    "long path": "GET /s/" + "a" * 20_000 + " HTTP/1.1\r\nHost: a\r\n\r\n",
    "surrogate password": "POST /s/{token}/unlock HTTP/1.1\r\nHost: a\r\nContent-Length: 22\r\n"
    'Content-Type: application/json\r\n\r\n{{"password": "\\ud800"}}',
}


@pytest.mark.parametrize("request_text", REQUESTS.values(), ids=REQUESTS.keys())
async def test_malformed_requests_are_answered(lasting: Installation, request_text: str) -> None:
    link = await lasting.add_link()
    text = request_text.replace("{token}", link["token"]).replace("{{", "{").replace("}}", "}")
    reader, writer = await asyncio.open_connection("127.0.0.1", lasting.client.port)
    writer.write(text.encode("latin-1"))
    async with asyncio.timeout(30):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status_line = answer.split(b"\r\n")[0]
    assert status_line.startswith(b"HTTP/1."), answer[:200]
    assert 400 <= int(status_line.split()[1]) < 500, answer[:500]
    healthy = await lasting.client.get(f"/s/{link['token']}/info", headers={"X-Share-Password": PASSWORD})
    assert healthy.status == 200
