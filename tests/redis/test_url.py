"""What an operator may write as the URL of Redis."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from service.redis.url import RedisUrl, parse_redis_url
from service.settings import Settings


@pytest.mark.parametrize(
    ("url", "first", "nodes"),
    [
        ("redis+cluster://a:7000", "redis://a:7000", (("a", 7000),)),
        ("redis+cluster://a", "redis://a", (("a", 6379),)),
        ("redis+cluster://a:1,b:2,c/0", "redis://a:1", (("a", 1), ("b", 2), ("c", 6379))),
        ("redis+cluster://me:p,w%40@[::1]:7000,10.0.0.1:7001", "redis://me:p,w%40@[::1]:7000", None),
        ("rediss+cluster://:pw@a:7000?ssl_cert_reqs=none", "rediss://:pw@a:7000?ssl_cert_reqs=none", (("a", 7000),)),
    ],
)
def test_a_cluster_is_named_by_some_of_its_nodes(
    url: str, first: str, nodes: tuple[tuple[str, int], ...] | None
) -> None:
    nodes = nodes or (("::1", 7000), ("10.0.0.1", 7001))
    assert parse_redis_url(url) == RedisUrl(url=first, nodes=nodes)


@pytest.mark.parametrize("url", ["redis://a:6379/2", "rediss://:pw@a", "unix:///run/v.sock?db=1"])
def test_a_server_is_named_as_redis_py_takes_it(url: str) -> None:
    assert parse_redis_url(url) == RedisUrl(url=url)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("a:6379", "must start with one of redis://"),
        ("http://a", "rediss+cluster://"),
        ("redis+cluster://", "needs nodes"),
        ("redis+cluster://a:7000,", "needs nodes"),
        ("redis+cluster://a:port", "needs nodes"),
        ("redis+cluster://a:70000", "Port out of range"),
        ("redis+cluster:///run/v.sock", "no numbered databases"),
        ("redis+cluster://a:7000/3", "no numbered databases"),
        ("redis://a:port", "Port could not be cast"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_the_start(url: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(redis_url=url)
    assert complaint in str(refused.value)
