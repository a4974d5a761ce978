"""The clients: one for threads, one for asyncio."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Self

import httpx2

from tilegate_client import wire
from tilegate_client.errors import Problem, Unreachable
from tilegate_client.operations import READS, AsyncOperations, Operations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from types import TracebackType

RETRIES = 2
TIMEOUT = 60.0  # seconds without a byte


class _Connection:
    """Asks a service. What reads is asked again, `retries` times at most, where nobody answers or waiting helps."""

    def __init__(self, url: str, http: httpx2.Client, api_key: str | None, retries: int) -> None:
        self._url = url
        self._http = http
        self._headers = wire.headers(api_key)
        self._retries = retries

    def ask(self, operation_id: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to an operation. Raises TilegateError."""
        url, content = f"{self._url}/v1/op/{operation_id}", wire.content(body)
        for attempt in range(self._retries + 1):
            try:
                return self._ask_once(url, content)
            except (Problem, Unreachable) as error:
                wait = wire.pause(error, attempt, is_read=operation_id in READS)
                if wait is None or attempt == self._retries:
                    raise
                time.sleep(wait)
        raise AssertionError("unreachable")

    def pages(self, operation_id: str, rows: str, body: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the rows of all pages."""
        cursor: str | wire.Unset | None = wire.UNSET
        while cursor is not None:
            page = self.ask(operation_id, {**body, "cursor": cursor})
            yield from page[rows]
            cursor = page["next_cursor"]

    def _ask_once(self, url: str, content: bytes) -> Any:
        try:
            response = self._http.post(url, content=content, headers=self._headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{self._url} does not answer: {error or type(error).__name__}") from error
        return wire.answer_of(response)


class _AsyncConnection:
    """Asks a service, with asyncio; else as `_Connection`."""

    def __init__(self, url: str, http: httpx2.AsyncClient, api_key: str | None, retries: int) -> None:
        self._url = url
        self._http = http
        self._headers = wire.headers(api_key)
        self._retries = retries

    async def ask(self, operation_id: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to an operation. Raises TilegateError."""
        url, content = f"{self._url}/v1/op/{operation_id}", wire.content(body)
        for attempt in range(self._retries + 1):
            try:
                return await self._ask_once(url, content)
            except (Problem, Unreachable) as error:
                wait = wire.pause(error, attempt, is_read=operation_id in READS)
                if wait is None or attempt == self._retries:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def pages(self, operation_id: str, rows: str, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Yield the rows of all pages."""
        cursor: str | wire.Unset | None = wire.UNSET
        while cursor is not None:
            page = await self.ask(operation_id, {**body, "cursor": cursor})
            for row in page[rows]:
                yield row
            cursor = page["next_cursor"]

    async def _ask_once(self, url: str, content: bytes) -> Any:
        try:
            response = await self._http.post(url, content=content, headers=self._headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{self._url} does not answer: {error or type(error).__name__}") from error
        return wire.answer_of(response)


class Tilegate(Operations):
    """A service, for threads: `client.share.link.create(…)`. Recipients of a link need no API key.

    url: as in the browser, `https://maps.example.org`. retries: how often what only reads is asked again. http: a
    client of httpx2 to use, with a proxy or a certificate of one's own; whoever made it closes it.
    Errors: `tilegate_client.errors`.
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx2.Client | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._http = http or httpx2.Client(timeout=timeout)
        self._is_own = http is None
        self._connection = _Connection(self.url, self._http, api_key, retries)
        super().__init__(self._connection)

    def call(self, operation_id: str, **fields: Any) -> Any:
        """Call an operation by its id: one that a newer service has, and this package does not know."""
        return self._connection.ask(operation_id, fields)

    def close(self) -> None:
        """Close its connections."""
        if self._is_own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncTilegate(AsyncOperations):
    """A service, for asyncio: `await client.share.link.create(…)`; else as `Tilegate`."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._http = http or httpx2.AsyncClient(timeout=timeout)
        self._is_own = http is None
        self._connection = _AsyncConnection(self.url, self._http, api_key, retries)
        super().__init__(self._connection)

    async def call(self, operation_id: str, **fields: Any) -> Any:
        """Call an operation by its id: one that a newer service has, and this package does not know."""
        return await self._connection.ask(operation_id, fields)

    async def close(self) -> None:
        """Close its connections."""
        if self._is_own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
