"""Whether somebody wants e-mail of what happens to their links."""

from __future__ import annotations

from pydantic import Field

from service.accounts.api_keys import Scope
from service.operations.account.models import Nothing
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response


class NoticeSettings(Response):
    """What you get; of webhooks it says nothing."""

    letters: bool = Field(description="E-mail when your links are opened, near a limit, and so on")
    address: str | None = Field(description="Where it is sent; null: your address can get none")


class NoticeSet(Request):
    """A link's own setting, `notices`, holds beside it: both must be on."""

    letters: bool = Field(description="Send me an e-mail when my links are opened, near a limit, and so on")


async def get_settings(context: Context, request: Nothing) -> NoticeSettings:  # noqa: ARG001  (there is nothing in it)
    """Say whether you get e-mail of what happens to your links."""
    person = await context.services.accounts.people.get(context.sharer.user_id)
    wanted, address = (False, None) if person is None else (person.notices, person.address)
    return NoticeSettings(letters=wanted, address=address)


async def set_settings(context: Context, request: NoticeSet) -> NoticeSettings:
    """Choose whether you get e-mail of what happens to your links, all of them."""
    await context.services.accounts.people.set_notices(context.sharer.user_id, wanted=request.letters)
    return await get_settings(context, Nothing())


OPERATIONS = (
    Operation("notice.get", Scope.SHARES_READ, Effect.READ, Bucket.READ, get_settings),
    Operation("notice.set", Scope.SHARES_WRITE, Effect.WRITE, Bucket.UPDATE, set_settings),
)
