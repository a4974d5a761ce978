"""Guessing a link's password from a thousand networks at once, over two workers, while somebody holds a key."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.faults.test_rolling_restart import PATIENCE, Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NETWORKS = 1000
GUESSERS = 8
PAUSE = 0.03
"""Seconds after each guess: what is measured shares this process with the guessers."""
MOST = 100
"""Wrong passwords that reach bcrypt in an hour."""
COST = 10
"""bcrypt's work factor: a guess takes some 50 ms."""

pytestmark = [pytest.mark.slow, pytest.mark.security, pytest.mark.timeout(300)]


def ask(connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection.request(method, path, headers=headers)
    with connection.getresponse() as answer:
        return answer.status, answer.read()


def guess(service: Service, codes: Counter[str], numbers: range) -> None:
    """Guess once from each of some networks."""
    path = urlsplit(service.link["tilejson_url"]).path
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    for number in numbers:
        headers = {
            "X-Forwarded-For": f"10.{number // 250}.{number % 250}.9",
            "X-Share-Password": f"wrong guess {number}",
        }
        status, body = ask(connection, "GET", path, headers)
        codes[json.loads(body)["code"] if status >= 400 else "opened"] += 1
        time.sleep(PAUSE)
    connection.close()


def latencies(service: Service, paths: list[str], going: Callable[[], bool]) -> list[float]:
    """Load tiles with a key, one after the other, for as long as it goes on; return the seconds that each took."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    found = []
    while going():
        started = time.monotonic()
        status, _ = ask(connection, "GET", paths[len(found) % len(paths)], {})
        assert status in {200, 204}
        found.append(time.monotonic() - started)
    connection.close()
    return found


def test_guesses_from_a_thousand_networks_are_bounded_and_slow_no_key_holder(
    tmp_path: Path, valkey_url: str, record_property: Callable[[str, object], None]
) -> None:
    service = Service(tmp_path, valkey_url, TRUSTED_PROXIES='["127.0.0.0/8"]', BCRYPT_COST=COST)
    try:
        paths = service.tile_paths()
        end = time.monotonic() + 3
        quiet = latencies(service, paths, lambda: time.monotonic() < end)
        codes: Counter[str] = Counter()
        started = time.monotonic()
        guessers = [
            threading.Thread(target=guess, args=(service, codes, range(first, NETWORKS, GUESSERS)), daemon=True)
            for first in range(GUESSERS)
        ]
        for guesser in guessers:
            guesser.start()
        attacked = latencies(service, paths, lambda: any(guesser.is_alive() for guesser in guessers))
        hours = (time.monotonic() - started) / 3600
    finally:
        service.stop()

    slower = statistics.median(attacked) / statistics.median(quiet)
    record_property("wrong passwords that reached bcrypt", codes["password_invalid"])
    record_property("refused before", codes["too_many_attempts"])
    record_property("key holders' median latency, times that of before", f"{slower:.2f}")
    assert sum(codes.values()) == NETWORKS
    assert codes["opened"] == 0
    assert codes["password_invalid"] <= MOST * 2 / 5 + MOST * hours + 1
    assert codes["too_many_attempts"] == NETWORKS - codes["password_invalid"]
    assert slower <= 2
