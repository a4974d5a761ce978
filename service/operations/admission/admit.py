"""Admitting a recipient to what a request names: the link, or one item of what it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.links.link import Permission
from service.operations.admission.recipient_models import InTime
from service.operations.admission.select_target import pick
from service.operations.admission.times import in_time

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.operations.admission.recipient_models import Opened
    from service.operations.core.operation import Context


async def admit(
    context: Context, request: Opened, *, needs: Permission = Permission.VIEW, confirm: bool = True
) -> Admission:
    """Admit a recipient. Images are not confirmed here: the meter is asked before they are sent."""
    credential = context.credential_with(password=request.password, key=request.key)
    admit_to = context.services.links.authorizer.admit
    admission = await admit_to(request.token, credential, context.client, needs=needs, confirm=confirm)
    admission = await pick(context, admission, request.item)
    return in_time(admission, request.datetime) if isinstance(request, InTime) else admission
