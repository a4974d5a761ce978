"""What an operator may write as `TILEGATE_REDIS_URL`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

SERVER_SCHEMES = ("redis", "rediss", "unix")
CLUSTER_SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
NODE = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
PORT = 6379


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisUrl:
    """Where Redis or Valkey is, checked."""

    url: str
    """What redis-py understands: `redis://`, `rediss://` or `unix://`; of a cluster, its first node."""
    nodes: tuple[tuple[str, int], ...] = ()
    """Host and port of the nodes of a cluster that are asked for the others; empty where it is no cluster."""


def parse_redis_url(url: str) -> RedisUrl:
    """Read `redis://…`, `rediss://…`, `unix://…`, or `redis+cluster://[user:password@]host:port[,host:port…][?option=…]`.

    Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme in SERVER_SCHEMES:
        _ = parts.port  # which raises ValueError where it is none
        return RedisUrl(url=url)
    if parts.scheme not in CLUSTER_SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in (*SERVER_SCHEMES, *CLUSTER_SCHEMES))
        raise ValueError(f"must start with one of {known}")
    if parts.path.strip("/") not in {"", "0"}:
        raise ValueError("a cluster has no numbered databases: leave out what follows the last /")
    account, at, hosts = parts.netloc.rpartition("@")
    nodes = [node.strip() for node in hosts.split(",")]
    if not all(NODE.fullmatch(node) for node in nodes):
        raise ValueError("a cluster needs nodes to begin with, as redis+cluster://host:port,host:port")
    scheme = CLUSTER_SCHEMES[parts.scheme]
    addresses = tuple(_address(node) for node in nodes)
    return RedisUrl(
        url=urlunsplit((scheme, account + at + nodes[0], "", parts.query, "")),
        nodes=addresses,
    )


def _address(node: str) -> tuple[str, int]:
    parts = urlsplit(f"//{node}")
    return parts.hostname or "", parts.port or PORT
