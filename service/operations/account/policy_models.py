"""Request and response bodies of share policies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.accounts.share_policy import SharePolicy
from service.links.link import Permission
from service.operations.core.operation import Request, Response
from service.operations.links.models import Origins, Watermark

SHORTEST, LONGEST = 8, 64
"""Characters of the shortest password that a policy can ask for."""


class PolicyFields(Request):
    """Limits for links. What is left out limits nothing."""

    max_lifetime_hours: Annotated[float, Field(gt=0, le=24 * 366 * 100)] | None = Field(
        None, description="From now until a link expires, at most; links without an expiry are refused then"
    )
    min_password_length: Annotated[int, Field(ge=SHORTEST, le=LONGEST)] | None = Field(
        None, description="Characters of a new password, at least"
    )
    allow_passwordless: bool = Field(
        True, description="Whether links may have no password, where the service allows it"
    )
    permissions: Annotated[tuple[Permission, ...], Field(min_length=1)] | None = Field(
        None, description="What links may allow; null for all"
    )
    watermark: Watermark | None = Field(None, description="Drawn by links with permission view that name none")
    allowed_origins: Annotated[
        Origins, Field(description="Links allow no other web origins, and these where they name none; empty for all")
    ] = ()

    def policy(self) -> SharePolicy:
        """Return the policy that is asked for."""
        return SharePolicy(**dict(self))


class PolicySet(PolicyFields):
    """It takes the place of what your organization's admins said before; the operator's ceiling stays."""


class PolicyOutput(Response):
    """What links of your organization have to keep: both."""

    organization_id: str
    ceiling: PolicyFields
    """Set by the operator of this installation."""
    policy: PolicyFields
    """Set by admins of the organization."""


def policy_fields(policy: SharePolicy) -> PolicyFields:
    """Return a policy as it is shown."""
    return PolicyFields(**{name: getattr(policy, name) for name in PolicyFields.model_fields})
