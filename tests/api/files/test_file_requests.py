"""Odd requests for files on a raw socket: always an answer, never a 5xx."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.api.files.test_files import address, folder_link
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

FORM = "Content-Type: multipart/form-data"
REQUESTS: dict[str, tuple[set[int], str]] = {
    "huge range": ({416}, "GET /a.bin\r\nRange: bytes=99999999999999999999999999-\r\n\r\n"),
    "endless digits": ({416}, f"GET /a.bin\r\nRange: bytes={'9' * 5000}-\r\n\r\n"),
    "huge suffix": ({206}, "GET /a.bin\r\nRange: bytes=-99999999999999999999999999\r\n\r\n"),
    "no range": ({200}, "GET /a.bin\r\nRange: bytes\r\n\r\n"),
    "other digits": ({200}, "GET /a.bin\r\nRange: bytes=\xb2-\r\n\r\n"),
    "odd dates": ({200}, "GET /a.bin\r\nIf-Modified-Since: Mon, 99 Foo 99999\r\nIf-Unmodified-Since: 1\r\n\r\n"),
    "late date": ({200, 304}, "GET /a.bin\r\nIf-Modified-Since: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\n"),
    "odd If-Range": ({200}, 'GET /a.bin\r\nRange: bytes=1-\r\nIf-Range: "\r\n\r\n'),
    "odd If-Match": ({412}, 'GET /a.bin\r\nIf-Match: "\r\n\r\n'),
    "odd limit": ({422}, "GET ?limit=x\r\n\r\n"),
    "odd cursor": ({400}, "GET ?cursor=%00%ff\r\n\r\n"),
    "surrogates": ({400, 404}, "GET /%ed%a0%80\r\n\r\n"),
    "PUT without a name": ({404, 422}, "PUT /\r\nContent-Length: 1\r\n\r\nx"),
    "PUT with odd words": ({422}, "PUT /n\r\nUpload-Complete: maybe\r\nContent-Length: 1\r\n\r\nx"),
    "PUT of a bad chunk": ({400}, "PUT /n\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
    "PUT that is too long": ({413}, "PUT /n\r\nContent-Length: 99999999999999\r\nExpect: 100-continue\r\n\r\n"),
    "odd offset": (
        {422},
        "PATCH /n?upload=1\r\nContent-Type: application/partial-upload\r\nUpload-Offset: \xb2\r\n\r\n",
    ),
    "no such upload": (
        {404},
        "PATCH /n?upload=1\r\nContent-Type: application/partial-upload\r\nUpload-Offset: 0\r\n\r\n",
    ),
    "HEAD of no upload": ({404}, "HEAD /n?upload=..%2f..\r\n\r\n"),
    "DELETE of no upload": ({404}, "DELETE /n?upload=1\r\n\r\n"),
    "no form": ({415}, "POST \r\nContent-Length: 1\r\n\r\nx"),
    "form without boundary": ({400}, f"POST \r\n{FORM}\r\nContent-Length: 1\r\n\r\nx"),
    "broken form": ({400}, f"POST \r\n{FORM}; boundary=b\r\nContent-Length: 9\r\n\r\n--b\r\nabcd"),
    "form with an odd name": (
        {404, 422},
        f"POST \r\n{FORM}; boundary=b\r\nContent-Length: 82\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename=".."\r\n\r\nx\r\n--b--\r\n'.ljust(82),
    ),
}


async def test_odd_requests_for_files_are_answered(service: Installation) -> None:
    link = await folder_link(service, permission="write")
    for name, (statuses, text) in REQUESTS.items():
        line, _, rest = text.partition("\r\n")
        method, _, path = line.partition(" ")
        reader, writer = await asyncio.open_connection("127.0.0.1", service.client.port)
        head = f"{method} {address(link)}{path} HTTP/1.1\r\nHost: a\r\nX-Share-Password: {PASSWORD}\r\n"
        writer.write(f"{head}Connection: close\r\n{rest}".encode("latin-1"))
        async with asyncio.timeout(30):
            answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        status = int(answer.split()[1]) if answer else 0
        assert status in statuses, (name, answer[:600])
    assert not (service.root / "maps" / "n").exists()
