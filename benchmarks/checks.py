"""Whether an answer is a picture at all. A server that answers errors or blanks would look fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.client import Answer

MEDIA_TYPES = {"jpg": {"image/jpeg", "image/jpg"}, "png": {"image/png"}, "webp": {"image/webp"}}
MAGIC = {"jpg": (0, b"\xff\xd8\xff"), "png": (0, b"\x89PNG\r\n\x1a\n"), "webp": (8, b"WEBP")}
SMALLEST, LARGEST = 400, 4_000_000  # bytes


class WrongAnswer(Exception):
    """A server answered something that is no tile. The figures of such a run mean nothing."""


def check(answer: Answer | None, image_format: str, where: str) -> None:
    """Raise WrongAnswer unless an answer is 200 with an image of the format, of a plausible size."""
    if answer is None:
        raise WrongAnswer(f"{where}: the connection broke")
    fault = _fault(answer, image_format)
    if fault:
        told = answer.body[:300] if answer.status != 200 else b""
        raise WrongAnswer(f"{where}: {fault} {told!r}")


def _fault(answer: Answer, image_format: str) -> str | None:
    if answer.status != 200:
        return f"status {answer.status}"
    if answer.media_type not in MEDIA_TYPES[image_format]:
        return f"media type {answer.media_type!r}, not {image_format}"
    at, magic = MAGIC[image_format]
    if answer.body[at : at + len(magic)] != magic:
        return f"no {image_format} inside"
    if not SMALLEST <= len(answer.body) <= LARGEST:
        return f"{len(answer.body)} bytes"
    return None
