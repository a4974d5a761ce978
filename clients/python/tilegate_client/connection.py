"""What asks a service, for threads. `async_connection` is the same with `await`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from tilegate_client import wire
from tilegate_client.errors import Problem, Unreachable
from tilegate_client.files import DOWNLOAD, DROP, UPLOAD, Download, SharedFile, Upload
from tilegate_client.operations import KEYED, READS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tilegate_client.types import FileEntry

T = TypeVar("T")


class Connection:
    """Asks a service, again where nobody answers or waiting helps: `retries` times at most.

    What writes is sent with an `Idempotency-Key`, so that asking again makes nothing twice; without an API key
    the service does not look at it, and what writes is asked once.
    """

    def __init__(self, url: str, http: httpx2.Client, api_key: str | None, retries: int) -> None:
        self._url = url
        self._http = http
        self._headers = wire.headers(api_key)
        self._is_known = api_key is not None
        self._retries = retries

    def ask(self, operation_id: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to an operation. Raises TilegateError."""
        is_keyed = self._is_known and operation_id in KEYED
        headers = wire.idempotency_key() if is_keyed else None

        def once() -> Any:
            with self._answer("POST", self._route(operation_id), wire.content(body), headers) as response:
                response.read()
                return wire.answer_of(response)

        return self._again(once, is_safe=is_keyed or operation_id in READS)

    def pages(self, operation_id: str, rows: str, body: Mapping[str, Any]) -> Iterator[Any]:
        """Yield the rows of all pages."""
        cursor: str | wire.Unset | None = wire.UNSET
        while cursor is not None:
            page = self.ask(operation_id, {**body, "cursor": cursor})
            yield from page[rows]
            cursor = page["next_cursor"]

    def download(self, file: SharedFile, to: Path) -> Path:
        """Write a file to the disk, going on with what an earlier try left. Raises TilegateError, OSError."""
        coming = Download(to)

        def once() -> Path:
            wanted = wire.content({**file.body(), **coming.missing()})
            with (
                self._answer("POST", self._route(DOWNLOAD), wanted) as response,
                coming.part.open(coming.mode(response)) as part,
            ):
                for chunk in response.iter_raw():
                    part.write(chunk)
            return coming.finish()

        try:
            return self._again(once, is_safe=True, progress=coming.progress)
        except Problem as error:
            if not coming.has_to_start_again(error):
                raise
        return self._again(once, is_safe=True, progress=coming.progress)

    def upload(self, file: SharedFile, source: Path, *, overwrite: bool) -> FileEntry:
        """Put a file into a shared folder, in parts. Raises TilegateError, OSError."""
        begun = self.ask(UPLOAD, {**file.body(), "overwrite": overwrite})
        going = Upload.begun(self._url, file, source, begun["upload_url"])
        stored: FileEntry = self._send(file, going, overwrite=overwrite)
        return stored

    def drop(self, file: SharedFile, source: Path) -> int:
        """Put a file into a folder that is not shown, in parts; return its bytes. Raises TilegateError, OSError."""
        begun = self.ask(DROP, file.announced(source))
        going = Upload.begun(self._url, file, source, begun["upload_url"])
        return int((self._send(file, going, overwrite=False))["size"])

    def _send(self, file: SharedFile, going: Upload, *, overwrite: bool) -> Any:
        """Send the parts of an upload; return what the service says of the file then."""

        def once() -> Any:
            while not going.is_whole:
                headers = {**file.headers(), **going.headers(overwrite=overwrite)}
                with self._answer("PATCH", going.url, going.content(), headers) as response:
                    response.read()
                    going.sent(response)
            return going.stored

        def again() -> Any:
            if going.is_interrupted:
                with self._answer("HEAD", going.url, None, file.headers()) as response:
                    going.found(response)
            going.is_interrupted = True
            return once()

        return self._again(again, is_safe=True, progress=going.progress)

    def _route(self, operation_id: str) -> str:
        return f"{self._url}/v1/op/{operation_id}"

    @contextmanager
    def _answer(
        self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx2.Response]:
        """Yield an answer that is no error, not yet read. Raises Problem, Unreachable."""
        sent = {**self._headers, **(headers or {})}
        try:
            with self._http.stream(method, url, content=content, headers=sent) as response:
                if not response.is_success:
                    response.read()
                    raise wire.problem_of(response)
                yield response
        except httpx2.TransportError as error:
            raise Unreachable(f"{self._url} does not answer: {error or type(error).__name__}") from error

    def _again(self, once: Callable[[], T], *, is_safe: bool, progress: Callable[[], int] = lambda: 0) -> T:
        """Return what is answered, asking again where that can help. Each bit of progress begins the count anew."""
        attempt, before = 0, progress()
        while True:
            try:
                return once()
            except (Problem, Unreachable) as error:
                attempt, before = (attempt, before) if progress() <= before else (0, progress())
                wait = None if attempt >= self._retries else wire.pause(error, attempt, is_safe=is_safe)
                if wait is None:
                    raise
            attempt += 1
            time.sleep(wait)
