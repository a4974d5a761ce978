"""What opens a link, as its sharer says it: a password, codes by e-mail, or either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.errors import BadInput
from service.links.link import Link, OpenWith
from service.links.share_policy import check_password
from service.operations.core import mailing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from service.accounts.organization import Organization
    from service.operations.core.operation import Context
    from service.operations.core.services import Services
    from service.operations.links.models import LinkUpdate


async def password_hash_of(
    services: Services, organization: Organization, password: str | None, open_with: OpenWith = OpenWith.PASSWORD
) -> str:
    """Return the hash of a new password, empty for none.

    Raises BadInput where it may not be one, Forbidden where the organization's share policy wants another, Unavailable.
    """
    check_given(services, organization, password, open_with)
    return "" if password is None else await services.links.passwords.hash(password)


def check_given(services: Services, organization: Organization, password: str | None, open_with: OpenWith) -> None:
    """Raise BadInput or Forbidden where a link may not have a password, or has to have one. It is not looked at."""
    if open_with is OpenWith.CODE:
        if password is not None:
            detail = "A link that opens by a code alone has no password: give null, or open_with either."
            raise BadInput("field_invalid", detail, field="password")
        return
    if open_with is OpenWith.EITHER and password is None:
        detail = "A password is required: the link opens by it or by a code. Give open_with code for no password."
        raise BadInput("field_missing", detail, field="password")
    check_password(organization, password)
    if password is None and not services.settings.allow_passwordless_links:
        raise BadInput(
            "field_missing", "A password is required: this service does not allow links without one.", field="password"
        )


async def changed_hash(
    services: Services, organization: Organization, old: Link, changed: Link, request: LinkUpdate
) -> str:
    """Return the hash that a changed link has. Raises as `password_hash_of`."""
    if "password" in request.model_fields_set:
        return await password_hash_of(services, organization, request.password, changed.open_with)
    if changed.open_with is OpenWith.CODE:
        return ""
    if old.password_hash == "" and changed.open_with is not old.open_with:
        detail = "password is required: the link has had none so far."
        raise BadInput("field_missing", detail, field="password")
    return old.password_hash


def check_codes(context: Context, open_with: OpenWith, recipients: Iterable[str]) -> None:
    """Raise BadInput where a link opens by codes, and nobody could be sent one."""
    if open_with is OpenWith.PASSWORD:
        return
    mailing.require_mail(context, "open_with")
    if not any(recipients):
        detail = "recipients is required: the e-mail addresses that codes are sent to."
        raise BadInput("field_missing", detail, field="recipients")
