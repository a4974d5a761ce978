"""What happens in a job's process: it reads one job, does it, answers, and ends."""

from __future__ import annotations

import logging
import mmap
import os
from typing import TYPE_CHECKING

from service.delivery.heavy.frames import HEADER, MAX_COMPLAINT, Answer, Job, pack, unpack_job
from service.delivery.heavy.limits import take_limits
from tiling.errors import TilingError
from tiling.files.last_read import READING, SLOT

if TYPE_CHECKING:
    import socket


class Complaints(logging.Handler):
    """Counts what GDAL complains of, and keeps the first: some files have it say the same for every pixel."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count, self.first = 0, ""

    def emit(self, record: logging.LogRecord) -> None:
        """Count a complaint."""
        self.count += 1
        self.first = self.first or record.getMessage()[:MAX_COMPLAINT]


def do_one(connection: socket.socket, marks: int, parent: int) -> None:
    """Do the job that comes through a connection, as the process that was made for it. Ends with the process.

    `marks`: descriptor of the memory in which it marks what it reads. Raises OSError where nobody waits any more.
    """
    READING.keep_in(memoryview(mmap.mmap(marks, SLOT.size)))
    with connection, connection.makefile("rb") as stream:
        (length,) = HEADER.unpack(stream.read(HEADER.size))
        job = unpack_job(stream.read(length))
        take_limits(job.limits, parent)
        connection.sendall(_answer(job))


def _answer(job: Job) -> bytes:
    complaints = Complaints()
    logging.basicConfig(handlers=[complaints], level=logging.WARNING, force=True)
    done = _done(job)
    said = complaints.count, complaints.first
    try:
        return pack(Answer(value=done.value, error=done.error, fault=done.fault, complaints=said))
    except MemoryError as exc:
        return pack(Answer(error=exc, complaints=said))


def _done(job: Job) -> Answer:
    try:
        return Answer(value=job.work())
    except TilingError as exc:
        return Answer(error=exc)
    except MemoryError:
        return Answer(error=MemoryError())
    except Exception as exc:
        logging.getLogger(__name__).debug("a job failed", exc_info=True)
        return Answer(fault=f"{type(exc).__name__} in process {os.getpid()}: {exc}"[:MAX_COMPLAINT])
