"""Who may ask how the service is."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation

LOCAL = {"trusted_proxies": [ip_network("127.0.0.0/8")]}


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        pytest.param({}, {}, 200, id="this machine"),
        pytest.param({}, {"X-Forwarded-For": "10.0.0.1"}, 404, id="through a proxy that is not known"),
        pytest.param({}, {"Forwarded": "for=10.0.0.1"}, 404, id="through another one"),
        pytest.param(LOCAL, {"X-Forwarded-For": "10.0.0.1"}, 200, id="a private network through our proxy"),
        pytest.param(LOCAL, {"X-Forwarded-For": "203.0.113.9"}, 404, id="a stranger through our proxy"),
        pytest.param(LOCAL, {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, 404, id="a stranger who lies"),
        pytest.param(LOCAL, {"X-Forwarded-For": "::ffff:203.0.113.9"}, 404, id="a stranger by IPv6"),
        pytest.param({"metrics_allow": [], **LOCAL}, {"X-Forwarded-For": "10.0.0.1"}, 404, id="nobody"),
        pytest.param(
            {"metrics_allow": [ip_network("203.0.113.0/24")], **LOCAL},
            {"X-Forwarded-For": "203.0.113.9"},
            200,
            id="whom the operator names",
        ),
    ],
)
async def test_metrics_and_readiness_answer_insiders_alone(
    install: Callable[..., Awaitable[Installation]], path: str, settings: Any, headers: dict[str, str], status: int
) -> None:
    service = await install(**settings)
    answer = await service.client.get(path, headers=headers)
    assert answer.status == status, await answer.text()
    if status == 404:
        nothing = await service.client.get("/nothing")
        assert (await answer.json()).keys() == (await nothing.json()).keys()
    assert (await service.client.get("/healthz", headers=headers)).status == 200
