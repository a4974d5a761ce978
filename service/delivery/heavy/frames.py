"""What a worker and a job's process send each other: a length, then a pickle.

A worker believes nothing of what comes back: a process that read a hostile file may be the file's. Its answer can be
made of values and of `tiling`'s own classes, and of nothing else; it cannot name a function.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from service.delivery.heavy.limits import Limits

HEADER = struct.Struct("<Q")
MAX_ANSWER = 2**29
"""Bytes: no image that may be asked for has as many."""
MAX_COMPLAINT = 500
"""Characters."""
_FUNCTIONS = frozenset({("tiling.errors", "restored")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a process is to do: its one job."""

    work: Callable[[], Any]
    """Picklable: a function of a module, or a partial of one."""
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How it ended."""

    value: Any = None
    error: Exception | None = None
    """One of `tiling.errors`, or MemoryError."""
    fault: str | None = None
    """Any other error, as text: it is a mistake of ours."""
    complaints: tuple[int, str] = (0, "")
    """How often GDAL complained, and what it said first."""


def pack(message: Job | Answer) -> bytes:
    """Return a message as it is sent. Raises what pickle raises."""
    body = io.BytesIO()
    _EnumsByValue(body, pickle.HIGHEST_PROTOCOL).dump(_plain(message))
    return HEADER.pack(body.tell()) + body.getvalue()


def unpack_job(body: bytes) -> Job:
    """Return the job that a worker sent, which is believed."""
    work, limits = pickle.loads(body)  # noqa: S301  (from the process that started us)
    return Job(work=work, limits=limits)


def unpack_answer(body: bytes) -> Answer:
    """Return what a job's process sent. Raises pickle.UnpicklingError where it holds what an answer cannot."""
    try:
        value, error, fault, (count, text) = _Wary(io.BytesIO(body)).load()
    except pickle.UnpicklingError:
        raise
    except Exception as exc:
        raise pickle.UnpicklingError(f"not an answer: {type(exc).__name__}") from exc
    if not isinstance(error, Exception | None) or not isinstance(fault, str | None):
        raise pickle.UnpicklingError("not an answer")
    return Answer(value=value, error=error, fault=fault, complaints=(int(count), str(text)[:MAX_COMPLAINT]))


def _plain(message: Job | Answer) -> tuple[Any, ...]:
    if isinstance(message, Job):
        return message.work, message.limits
    return message.value, message.error, message.fault, message.complaints


class _EnumsByValue(pickle.Pickler):
    """Writes members of enumerations as their class and value.

    Python 3.11.0 to 3.11.3 would write a call of `getattr`, which an answer cannot hold.
    """

    def reducer_override(self, obj: Any, /) -> Any:
        """Return how an object is written, where we know better."""
        return (type(obj), (obj.value,)) if isinstance(obj, Enum) else NotImplemented


class _Wary(pickle.Unpickler):
    """Builds values, and classes of `tiling`."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Return one of tiling's classes, or raise UnpicklingError."""
        if (module_name, global_name) == ("builtins", "MemoryError"):
            return MemoryError
        if module_name.partition(".")[0] == "tiling" and "." not in global_name:
            found = super().find_class(module_name, global_name)
            is_own_class = isinstance(found, type) and found.__module__ == module_name
            if is_own_class or (module_name, global_name) in _FUNCTIONS:
                return found
        raise pickle.UnpicklingError(f"an answer cannot hold {module_name}.{global_name}"[:MAX_COMPLAINT])
