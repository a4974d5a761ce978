"""Fetching one small document from a web server."""

from __future__ import annotations

from http import HTTPStatus

from service.outbound.call import Call, ask
from service.outbound.reach import Reach

WHOLE_SECONDS = 15.0
MOST_BYTES = 256 * 1024


async def fetch(url: str, *, may_be_private: bool = False) -> bytes:
    """Return what is at an address: `https://` of a public address, or on this machine.

    A redirect is not followed. Raises OSError, or ValueError for an answer that is none.
    """
    call = Call(url=url, headers={"Accept": "application/json"}, seconds=WHOLE_SECONDS, most_bytes=MOST_BYTES)
    answer = await ask(call, Reach(this_machine=True, private=may_be_private))
    if answer.status != HTTPStatus.OK:
        raise ValueError(f"the server answered {answer.status}")
    return answer.body
