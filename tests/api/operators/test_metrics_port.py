"""Metrics on a port of their own, and what is one number for all workers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp.test_utils import TestClient, TestServer

from service.api.draining import INSIDE_APP
from service.identifiers import new_id
from service.mail.letter import Letter
from service.mail.mail import Mail, MailKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.conftest import Installation


async def test_with_a_port_of_their_own_metrics_are_there_alone(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    service = await install(metrics_port=9464)
    assert (await service.client.get("/metrics")).status == 404
    assert (await service.client.get("/readyz")).status == 200
    app = service.client.app
    assert app is not None
    async with TestClient(TestServer(app[INSIDE_APP]())) as inside:
        told = await (await inside.get("/metrics")).text()
        assert (await inside.get("/readyz")).status == 200
        assert (await inside.get("/healthz")).status == 200
        refused = await inside.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
        nowhere = await inside.get("/v1/op")
    assert 'tilegate_requests_total{method="GET",route="/readyz",status="200"}' in told
    assert (refused.status, nowhere.status) == (404, 404)


async def test_the_age_of_the_oldest_letter_and_free_space_are_told(service: Installation) -> None:
    async def number(name: str) -> float:
        text = await (await service.client.get("/metrics")).text()
        return float(re.findall(rf"^{name} (\S+)$", text, re.MULTILINE)[0])

    assert await number("tilegate_letter_waiting_seconds") == 0
    assert await number("tilegate_data_free_bytes") > 0
    now = datetime.now(UTC)
    letter = Letter(recipient="a@example.org", subject="S", blocks=())
    for age in (timedelta(minutes=1), timedelta(hours=1)):
        mail = Mail(
            id=new_id("eml"),
            link_id=None,
            kind=next(iter(MailKind)),
            letter=letter,
            created_at=now - age,
            next_attempt_at=now,
        )
        await service.services.mail.store.add([mail])
    assert 3600 <= await number("tilegate_letter_waiting_seconds") < 3700
