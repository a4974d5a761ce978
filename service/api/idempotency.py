"""`Idempotency-Key`: an operation that is asked again with the same key and body gives its first answer again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aiohttp import web
from multidict import istr

from service.accounts.first_answers import request_id
from service.errors import BadInput, TilegateError
from service.operations.core.operation import Effect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import BaseModel

    from service.operations.core.operation import Context, Operation

IDEMPOTENCY_KEY = istr("Idempotency-Key")
REPLAYED = istr("Idempotent-Replayed")
KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?', re.ASCII)
OF_THE_BODY = {"Content-Type", "Content-Length"}


def takes_key(operation: Operation) -> bool:
    """Whether a key means something: what only reads, and files, may be asked again without one."""
    return operation.effect is not Effect.READ and operation.response is not None


async def once(
    request: web.Request,
    operation: Operation,
    context: Context,
    body: BaseModel,
    answer: Callable[[], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Return what `answer` answers, or its first answer where the same request was answered within a day.

    Whoever shows no API key or session is nobody whose requests could be told from another's: their keys are ignored.
    Raises BadInput, Conflict, and what `answer` raises.
    """
    key = _key(request)
    if key is None or not takes_key(operation) or (context.principal is None and context.session is None):
        return await answer()
    answers = context.services.accounts.first_answers
    organization = context.principal.organization_id if context.principal else ""
    asked = request_id(f"{context.caller}\0{organization}", operation.id, key)
    first = await answers.begin(asked, body.model_dump_json().encode())
    if first is not None:
        return _replayed(first)
    try:
        response = await answer()
    except TilegateError:  # it was refused; of what fails otherwise nobody knows whether it was done
        await answers.forget(asked)
        raise
    if isinstance(response, web.Response):
        await answers.finish(asked, _kept(response))
    return response


def _key(request: web.Request) -> str | None:
    """Return the key, with or without the quotes of the draft. Raises BadInput."""
    text = request.headers.get(IDEMPOTENCY_KEY)
    if text is None:
        return None
    match = KEY.fullmatch(text.strip())
    if match is None:
        raise BadInput(
            "field_invalid",
            "An Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID.",
            field="Idempotency-Key",
        )
    return match[1]


def _kept(response: web.Response) -> bytes:
    headers = {name: value for name, value in response.headers.items() if name not in OF_THE_BODY}
    return json.dumps({"text": response.text, "content_type": response.content_type, "headers": headers}).encode()


def _replayed(first: bytes) -> web.Response:
    kept = json.loads(first)
    response = web.Response(text=kept["text"], content_type=kept["content_type"], headers=kept["headers"])
    response.headers[REPLAYED] = "true"
    return response
