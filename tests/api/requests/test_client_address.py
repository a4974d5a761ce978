"""Where a request comes from, behind proxies that write X-Forwarded-For in one way or another."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from service.api.requests import params

PROXY, CLIENT, SAID = "10.0.0.9", "198.51.100.7", "203.0.113.1"


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ([], PROXY),
        ([CLIENT], CLIENT),
        ([f"{SAID}, {CLIENT}"], CLIENT),
        ([SAID, CLIENT], CLIENT),
        ([SAID, f"{SAID},{CLIENT}", "10.0.0.8"], CLIENT),
        (["10.0.0.8", f"{CLIENT}, 10.0.0.7"], CLIENT),
        ([CLIENT, "nobody"], PROXY),
        ([CLIENT, ""], PROXY),
        ([f"::ffff:{CLIENT}"], CLIENT),
    ],
)
def test_what_a_client_says_before_its_proxy_is_not_believed(lines: list[str], address: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=PROXY)
    assert params.client(request, (ip_network("10.0.0.0/8"),)).address == address
    assert params.client(request, ()).address == PROXY
