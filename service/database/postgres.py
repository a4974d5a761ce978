"""An engine for PostgreSQL that reports an outage soon, and as an SQLAlchemyError like every other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.breaker import Breaker
from service.limit import Limit

if TYPE_CHECKING:
    from sqlalchemy import URL, Dialect, ExceptionContext

PING_SECONDS = 1.0
"""For a connection of the pool to show that it still leads somewhere, before it is used."""
CONNECT_SECONDS = 2.0
POOL_SECONDS = 2.0
"""For a connection to become free; all are taken where many requests met a silent server at once."""
STATEMENT_SECONDS = 5.0
"""For a statement. Our longest reads a ledger to restore counters from it: 100,000 rows a second and more."""
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def postgres_engine(url: str | URL, statement_seconds: float | None = STATEMENT_SECONDS) -> AsyncEngine:
    """Return an engine. While the server is known to be away, all but a probe fail without waiting."""
    options = {"command_timeout": statement_seconds, "async_creator_fn": _connect_in_time}
    engine = create_async_engine(url, pool_timeout=POOL_SECONDS, connect_args=options)
    _Watch().listen(engine)
    return engine


async def _connect_in_time(*words: Any, **options: Any) -> Any:
    async with Limit(CONNECT_SECONDS):
        return await asyncpg.connect(*words, **options)


async def _ping(driver: Any) -> None:
    async with Limit(PING_SECONDS):
        await driver.fetchval("SELECT 1")


class _Watch:
    """Sees each connection made, taken from the pool and failing."""

    def __init__(self) -> None:
        self._breaker = Breaker()

    def listen(self, engine: AsyncEngine) -> None:
        event.listen(engine.sync_engine, "do_connect", self._connect)
        event.listen(engine.sync_engine, "checkout", self._check_out)
        event.listen(engine.sync_engine, "handle_error", self._fail)

    def _connect(self, dialect: Dialect, _record: object, words: list[Any], options: dict[str, Any]) -> Any:
        database: Any = dialect.loaded_dbapi
        if not self._breaker.allows():
            raise database.OperationalError("PostgreSQL does not answer")
        try:
            connection = dialect.connect(*words, **options)
        except FAILURES as exc:
            self._breaker.failed(silent=isinstance(exc, TimeoutError))
            raise database.OperationalError(str(exc) or type(exc).__name__) from exc
        except BaseException:
            self._breaker.given_up()
            raise
        self._breaker.answered()
        return connection

    def _check_out(self, connection: Any, _record: object, _proxy: object) -> None:
        """Ask whether a connection still works; where it does not, SQLAlchemy makes a new one."""
        try:
            connection.run_async(_ping)
        except FAILURES as exc:
            self._breaker.failed(silent=isinstance(exc, TimeoutError))
            connection.driver_connection.terminate()
            raise DisconnectionError(str(exc)) from exc
        self._breaker.answered()

    def _fail(self, context: ExceptionContext) -> None:
        """Give up a connection whose statement ran out of time: what comes back on it later is not for the next."""
        error = context.original_exception
        if not isinstance(error, TimeoutError) or context.connection is None:
            return
        self._breaker.failed(silent=True)
        context.is_disconnect = True
        driver: Any = context.connection.connection.driver_connection
        driver.terminate()
        raise OperationalError(context.statement, None, error) from error
