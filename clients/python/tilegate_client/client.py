"""The clients: one for threads, one for asyncio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx2

from tilegate_client.async_connection import AsyncConnection
from tilegate_client.connection import Connection
from tilegate_client.files import SharedFile
from tilegate_client.operations import AsyncOperations, Operations

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

    from tilegate_client.types import FileEntry

RETRIES = 2
TIMEOUT = 60.0  # seconds without a byte


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
        self._connection = Connection(self.url, self._http, api_key, retries)
        super().__init__(self._connection)

    def call(self, operation_id: str, **fields: Any) -> Any:
        """Call an operation by its id: one that a newer service has, and this package does not know."""
        return self._connection.ask(operation_id, fields)

    def download(
        self,
        token: str,
        to: str | PathLike[str],
        *,
        path: str = "",
        password: str | None = None,
        key: str | None = None,
        item: str | None = None,
    ) -> Path:
        """Download a shared file of any size to the disk, and return where it is.

        What has come stands in `NAME.part`: a connection that breaks, or a later call after this one failed, goes on
        from there, unless the file has changed meanwhile. A link to a single file needs no path.

        Raises TilegateError, OSError.
        """
        file = SharedFile(token=token, path=path, password=password, key=key, item=item)
        return self._connection.download(file, Path(to))

    def upload(
        self,
        token: str,
        source: str | PathLike[str],
        path: str,
        *,
        password: str | None = None,
        key: str | None = None,
        overwrite: bool = False,
    ) -> FileEntry:
        """Put a file of any size into a shared folder, as `path`. It is there when all of it is there.

        Raises TilegateError, OSError; Conflict where there is a file of this name and `overwrite` is false.
        """
        file = SharedFile(token=token, path=path, password=password, key=key)
        return self._connection.upload(file, Path(source), overwrite=overwrite)

    def drop(
        self,
        token: str,
        source: str | PathLike[str],
        name: str | None = None,
        *,
        password: str | None = None,
        key: str | None = None,
    ) -> int:
        """Send a file of any size into a folder that is not shown, by default under its own name; return its bytes.

        Raises TilegateError, OSError.
        """
        file = SharedFile(token=token, path=name or Path(source).name, password=password, key=key, room="drop")
        return self._connection.drop(file, Path(source))

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
        self._connection = AsyncConnection(self.url, self._http, api_key, retries)
        super().__init__(self._connection)

    async def call(self, operation_id: str, **fields: Any) -> Any:
        """Call an operation by its id: one that a newer service has, and this package does not know."""
        return await self._connection.ask(operation_id, fields)

    async def download(
        self,
        token: str,
        to: str | PathLike[str],
        *,
        path: str = "",
        password: str | None = None,
        key: str | None = None,
        item: str | None = None,
    ) -> Path:
        """Download a shared file of any size to the disk, and return where it is.

        What has come stands in `NAME.part`: a connection that breaks, or a later call after this one failed, goes on
        from there, unless the file has changed meanwhile. A link to a single file needs no path.

        Raises TilegateError, OSError.
        """
        file = SharedFile(token=token, path=path, password=password, key=key, item=item)
        return await self._connection.download(file, Path(to))

    async def upload(
        self,
        token: str,
        source: str | PathLike[str],
        path: str,
        *,
        password: str | None = None,
        key: str | None = None,
        overwrite: bool = False,
    ) -> FileEntry:
        """Put a file of any size into a shared folder, as `path`. It is there when all of it is there.

        Raises TilegateError, OSError; Conflict where there is a file of this name and `overwrite` is false.
        """
        file = SharedFile(token=token, path=path, password=password, key=key)
        return await self._connection.upload(file, Path(source), overwrite=overwrite)

    async def drop(
        self,
        token: str,
        source: str | PathLike[str],
        name: str | None = None,
        *,
        password: str | None = None,
        key: str | None = None,
    ) -> int:
        """Send a file of any size into a folder that is not shown, by default under its own name; return its bytes.

        Raises TilegateError, OSError.
        """
        file = SharedFile(token=token, path=name or Path(source).name, password=password, key=key, room="drop")
        return await self._connection.drop(file, Path(source))

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
