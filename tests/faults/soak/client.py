"""A client process: asks for tiles as fast as it can and keeps its own tally. It shares no code with the service.

Reads lines of JSON from standard input: first its orders (`port`, `links`: {id: [paths]}, `streams`, `seed`), then
"run" and "pause"; to a pause it answers with its tally, when nothing is in flight any more. Questions for the values
of a point are tallied apart, as those of "{id} queries".

It speaks HTTP over plain sockets: a library could send a request again behind our back.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field

TIMEOUT = 20.0  # seconds; the service itself answers, or ends, long before
PAUSE = 0.05  # seconds, after a refusal
POINT, QUERIES = "/point/", " queries"
REVALIDATED, HEADS, FRESH = 0.05, 0.03, 0.01
"""Shares of the requests that ask with an ETag, ask for the head only, and close the connection first."""


@dataclass(slots=True)
class Tally:
    """What became of the requests for one link."""

    delivered: int = 0
    """The whole body of a metered 200 arrived."""
    delivered_bytes: int = 0
    delivered_pixels: int = 0
    uncounted: int = 0
    """Answers that say that nothing was counted, and requests that were never sent."""
    uncertain: int = 0
    """All else: may have been counted."""
    answers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Stream:
    """One connection at a time, one request at a time on it."""

    def __init__(
        self, port: int, links: dict[str, list[str]], tallies: dict[str, Tally], chance: random.Random
    ) -> None:
        self._port, self._links, self._tallies, self._chance = port, links, tallies, chance
        self._etags: dict[str, str] = {}
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def step(self) -> None:
        """Make one request, and tally what came of it."""
        link = self._chance.choice(list(self._links))
        path = self._chance.choice(self._links[link])
        tally = self._tallies[link + QUERIES * (POINT in path)]
        kind, headers = self._kind_of_request(path)
        if not await self._connected():
            tally.uncounted += 1
            await asyncio.sleep(PAUSE)
            return
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._ask(kind, path, headers)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            self.close()
            _note(tally, "uncertain", type(error).__name__)
            await asyncio.sleep(PAUSE)
            return
        outcome = outcome_of(kind, answer)
        _note(tally, outcome, f"{answer.status}" + (code_of(answer) if answer.status >= 400 else ""))
        if outcome == "delivered":
            self._deliver(path, tally, answer)
        if answer.status >= 400:
            await asyncio.sleep(PAUSE)

    def _deliver(self, path: str, tally: Tally, answer: Answer) -> None:
        if POINT in path:
            return
        tally.delivered_bytes += len(answer.body)
        tally.delivered_pixels += pixels_of(answer.body)
        self._etags[path] = answer.headers["etag"]

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def _kind_of_request(self, path: str) -> tuple[str, str]:
        dice = self._chance.random()
        if dice < FRESH:
            self.close()
        if dice < HEADS:
            return "HEAD", ""
        if dice < HEADS + REVALIDATED and path in self._etags:
            return "GET", f"If-None-Match: {self._etags[path]}\r\n"
        return "GET", ""

    async def _connected(self) -> bool:
        if self._connection is None:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(TIMEOUT):
                    self._connection = await asyncio.open_connection("127.0.0.1", self._port)
        return self._connection is not None

    async def _ask(self, method: str, path: str, headers: str) -> Answer:
        assert self._connection is not None
        reader, writer = self._connection
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        given = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        answer = Answer(int(status.split()[1]), given, b"")
        if method != "HEAD" and answer.status not in {204, 304}:
            answer.body = await reader.readexactly(int(given["content-length"]))
        if given.get("connection", "").lower() == "close":
            self.close()
        return answer


def outcome_of(method: str, answer: Answer) -> str:
    """Return what an answer says about counting: delivered, uncounted or uncertain."""
    if answer.status == 200 and method == "GET":
        return "delivered" if answer.headers.get("x-metered") == "1" and answer.body else "uncertain"
    if method == "HEAD" or answer.status in {204, 304} or 400 <= answer.status < 500:
        return "uncounted"
    return "uncounted" if code_of(answer) == "overloaded" else "uncertain"


def pixels_of(png: bytes) -> int:
    """Return width times height, as the first chunk of a PNG says them."""
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return int(width * height)


def code_of(answer: Answer) -> str:
    """Return the code of a problem document."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(answer.body)["code"])
    return ""


def _note(tally: Tally, outcome: str, answer: str) -> None:
    setattr(tally, outcome, getattr(tally, outcome) + 1)
    tally.answers[answer] = tally.answers.get(answer, 0) + 1


class Load:
    """Streams that run and pause together."""

    def __init__(self, orders: dict) -> None:  # type: ignore[type-arg]
        chance = random.Random(orders["seed"])
        self.tallies = {link + kind: Tally() for link in orders["links"] for kind in ("", QUERIES)}
        self._running = asyncio.Event()
        self._streams = [
            Stream(orders["port"], orders["links"], self.tallies, random.Random(chance.random()))
            for _ in range(orders["streams"])
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def run(self) -> None:
        """Let all streams go."""
        self._running.set()
        self._tasks = [asyncio.create_task(self._flow(stream)) for stream in self._streams]

    async def pause(self) -> None:
        """Return when every stream has its answer."""
        self._running.clear()
        await asyncio.gather(*self._tasks)
        self._tasks = []

    async def _flow(self, stream: Stream) -> None:
        while self._running.is_set():
            await stream.step()


async def main() -> None:
    """Obey until standard input ends."""
    reader = asyncio.StreamReader(limit=2**22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    load = Load(json.loads(await reader.readline()))
    async for line in reader:
        if json.loads(line) == "run":
            load.run()
            continue
        await load.pause()
        sys.stdout.write(json.dumps({link: asdict(tally) for link, tally in load.tallies.items()}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    run(main())
