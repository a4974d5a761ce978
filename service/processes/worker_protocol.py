"""What a supervisor and its workers say to each other, one line at a time."""

from __future__ import annotations

from pydantic import BaseModel

from service.settings import Settings

READY = b"ready"
FAILED = b"failed: "
RETIRE = b"retire"

IDLE_LIMIT = 30.0  # seconds that a connection may be idle; a retired worker stays as long, until all have gone
FINISHING = 15.0  # seconds for requests that are being answered; aiohttp grants it twice, cancelling in between


class WorkerStart(BaseModel):
    """What a worker reads from its standard input as a line of JSON, before anything else.

    The input then stays open: the line `retire` means that another worker has taken its place, the end that the
    supervisor is gone. A worker answers on its standard output with the line `ready`, or `failed: ` and a reason.
    """

    settings: Settings
    """All resolved: the real port, a redis URL."""
    listener: int
    """Inherited descriptor of the socket that listens."""
    connection_counts: int
    """Inherited descriptor of the memory in which the workers count their connections."""
    heartbeats: int
    """Inherited descriptor of the memory in which they report that their event loops turn."""
    place: int = 0
    """The worker's own in both."""
    supervisor: int
    """Its process id."""
    embedded_valkey: bool
    """Whether the redis URL is that of the data folder's own Valkey, which is then the worker's to look after too."""
