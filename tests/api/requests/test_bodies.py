"""How bodies are read: forms as UTF-8 and short, uploads at a least rate."""

from __future__ import annotations

import asyncio
import time
import zlib
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from service.api.requests.bodies import Pace
from service.api.requests.unsent import SEND_LIMITS, SendLimits
from service.errors import BadInput
from tests.api.files.test_files import address, folder_link
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

pytestmark = pytest.mark.security

FORM = "application/x-www-form-urlencoded"
ODD_FORMS: dict[str, tuple[str, bytes, int]] = {
    **{f"charset {name}": (f"{FORM}; charset={name}", b"password=a", 415) for name in
       ("idna", "punycode", "nope", "utf-16", "utf-7", "utf-32", "latin-1", "unicode_escape", "zip", "rot13", "\xa0")},
    "charset in quotes": (f'{FORM}; charset="IDNA"', b"password=a", 415),
    "long": (FORM, b"password=" + b"a" * 400_000, 413),
    "long and idna": (f"{FORM}; charset=idna", b"password=" + b"\xc3\xa4" * 190_000, 415),
    "no UTF-8": (FORM, b"password=\xff\xfe", 400),
    "no UTF-8 escaped": (FORM, b"password=%ff%fe", 400),
    "NUL": (FORM, b"password=%00", 400),
    "line break in a name": (FORM, b"a%0d%0ab=1", 200),
    "many fields": (FORM, b"&".join(b"a=1" for _ in range(3000)), 400),
    "multipart": ("multipart/form-data; boundary=X", b"--X--", 415),
}  # fmt: skip


@pytest.mark.parametrize("form", ["unlock", "request"])
@pytest.mark.parametrize(("content_type", "body", "status"), ODD_FORMS.values(), ids=ODD_FORMS.keys())
async def test_odd_forms(lasting: Installation, form: str, content_type: str, body: bytes, status: int) -> None:
    started = time.thread_time()
    response = await lasting.client.post(f"/s/x/{form}", data=body, headers={"Content-Type": content_type})
    assert 400 <= response.status < 500
    if status != 200:
        assert response.status in {status, 415, 404}, await response.text()
    assert time.thread_time() - started < 0.5


@cache
def bomb(megabytes: int) -> bytes:
    """Bytes that become a thousand times as many."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b" " * 10**6) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize(
    ("method", "path", "content_type"),
    [
        pytest.param("POST", "/v1/op/share.link.validate", "application/json", id="operation"),
        pytest.param("POST", "/v1/op/nothing", "application/json", id="no such operation"),
        pytest.param("POST", "/s/x/unlock", FORM, id="form"),
        pytest.param("POST", "/s/x/files", "multipart/form-data; boundary=X", id="form of files"),
        pytest.param("PUT", "/s/x/files/a", "text/plain", id="upload"),
        pytest.param("GET", "/healthz", "text/plain", id="a body that nobody reads"),
    ],
)
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd"])
async def test_nobody_unpacks_a_body(
    lasting: Installation, method: str, path: str, content_type: str, encoding: str
) -> None:
    headers = {"Content-Type": content_type, "Content-Encoding": encoding}
    body = bomb(50)
    began = time.process_time()
    response = await lasting.client.request(method, path, data=body, headers=headers, compress=None)
    assert response.status == 200 if path == "/healthz" else 400 <= response.status < 500
    await lasting.client.get("/healthz")  # behind it on the same connection
    assert time.process_time() - began < 0.2


async def test_a_packed_body_is_refused_as_what_it_is(lasting: Installation) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await lasting.client.post("/v1/op/share.link.validate", data=bomb(1), headers=headers)
    assert (response.status, (await response.json())["code"]) == (415, "media_type_unsupported")


async def test_the_first_of_two_fields_counts(lasting: Installation) -> None:
    link = await lasting.add_link()
    response = await lasting.client.post(
        f"/s/{link['token']}/unlock",
        data=f"password={PASSWORD.replace(' ', '+')}&password=b",
        headers={"Content-Type": f"{FORM}; charset=UTF-8"},
        allow_redirects=False,
    )
    assert response.status == 303


class Body:
    """A body and a clock: each read takes some seconds and brings some bytes."""

    def __init__(self, limits: SendLimits) -> None:
        self.now, self.total_bytes = 0.0, 0
        self.app, self.content = {SEND_LIMITS: limits}, self

    async def read(self, seconds: float, size: int) -> int:
        self.now += seconds
        self.total_bytes += size
        return size


@pytest.mark.parametrize(
    ("reads", "is_fine"),
    [
        ([(1.0, 1000)] * 500, True),
        ([(1.0, 1)] * 21, False),
        ([(1.0, 1)] * 19, True),
        ([(0.001, 10**6), *[(1.0, 1)] * 21], False),
        ([(2.0, 1000)] * 19, True),
        ([(2.0, 1000)] * 23, False),
    ],
    ids=["least rate", "drip", "short drip", "fast, then a drip", "half, for a while", "half, for long"],
)
async def test_a_body_comes_at_a_least_rate(reads: list[tuple[float, int]], is_fine: bool) -> None:
    body: Any = Body(SendLimits(patience=20, least_rate=1000))
    pace = Pace(body, lambda: body.now)
    outcome = True
    try:
        for seconds, size in [*reads, (0.0, 0)]:
            await pace.of(body.read(seconds, size))
            if pace.left < 0:
                outcome = False
    except BadInput:
        outcome = False
    assert outcome is is_fine


@pytest.mark.parametrize("kind", ["put", "form", "json", "unlock"])
async def test_a_body_that_stops_is_408(install: Any, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr("service.api.requests.bodies.BODY_SECONDS", 0.3)
    service = await install(client_patience=0.3)
    link = await folder_link(service, permission="write")
    head = {
        "put": f"PUT {address(link)}/n HTTP/1.1\r\nContent-Length: 999\r\n",
        "form": f"POST {address(link)} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=X\r\n"
        "Content-Length: 999\r\n",
        "json": "POST /v1/op/share.link.validate HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 999\r\n",
        "unlock": f"POST /s/x/unlock HTTP/1.1\r\nContent-Type: {FORM}\r\nContent-Length: 999\r\n",
    }[kind]
    reader, writer = await asyncio.open_connection("127.0.0.1", service.client.port)
    writer.write(f"{head}Host: a\r\nX-Share-Password: {PASSWORD}\r\n\r\na".encode())
    async with asyncio.timeout(30):
        answer = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readuntil(b"}")
    writer.close()
    assert answer.split()[1] == b"408", answer
    assert b'"body_too_slow"' in body
    assert not (service.root / "maps" / "n").exists()


def test_a_request_without_limits_has_the_defaults() -> None:
    content = SimpleNamespace(total_bytes=0)
    assert Pace(SimpleNamespace(app={}, content=content)).left == SendLimits().patience  # type: ignore[arg-type]
