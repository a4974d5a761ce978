"""Whom members are to the OpenID provider that they sign in with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.accounts.openid.identities import Binding, new_binding
from service.accounts.people import Person
from service.errors import BadInput, Forbidden, NotFound
from service.operations.account.models import Email, Nothing
from service.operations.core.fields import Instant
from service.operations.core.operation import Bucket, Context, Effect, Operation, Request, Response


class IdentitySet(Request):
    """Name a member, and who they are to the provider."""

    email: Email
    subject: Annotated[
        str,
        Field(
            min_length=1, max_length=255, description="The claim `sub` that the provider gives them, letter for letter"
        ),
    ]


class IdentityRef(Request):
    """Name a member by their e-mail address."""

    email: Email


class IdentityOutput(Response):
    """As whom a member signs in."""

    user_id: str
    email: str
    issuer: str
    subject: str
    by_admin: bool
    """Whether an admin said so; else it came of their confirmed address, when they first signed in."""
    created_at: Instant


class IdentityPage(Response):
    """Your organization's members who sign in with the provider, by address."""

    identities: tuple[IdentityOutput, ...]


class IdentityRemoved(Response):
    """They are nobody to the provider any more, until they sign in with a confirmed address again."""

    email: str
    ok: bool


async def set_identity(context: Context, request: IdentitySet) -> IdentityOutput:
    """Say as whom a member signs in with the OpenID provider, where their address does not say it.

    You must be an admin of all of their projects in your organization, as who signs in so may do there what they may.
    It holds in your organization alone, and one that is there is to be removed first.
    """
    person, issuer = await _member(context, request.email), _issuer(context)
    if not request.subject.isprintable():
        raise BadInput("field_invalid", "subject must be printable text.", field="subject")
    binding = new_binding(context.sharer.organization_id, person.id, issuer, request.subject, by_admin=True)
    await context.services.accounts.identities.add(binding)
    return _output(binding, person.email)


async def list_identities(context: Context, request: Nothing) -> IdentityPage:  # noqa: ARG001  (nothing is in it)
    """List as whom your organization's members sign in with the OpenID provider."""
    found = await context.services.accounts.identities.of_organization(context.sharer.organization_id)
    return IdentityPage(identities=tuple(_output(binding, email) for binding, email in found))


async def remove_identity(context: Context, request: IdentityRef) -> IdentityRemoved:
    """Have a member sign in as nobody any more: their next sign-in with a confirmed address binds them anew."""
    person, issuer = await _member(context, request.email), _issuer(context)
    organization_id = context.sharer.organization_id
    if not await context.services.accounts.identities.remove(organization_id, issuer, person.id):
        raise NotFound("member_not_found", "This member is bound to no identity of the provider.", field="email")
    return IdentityRemoved(email=person.email, ok=True)


async def _member(context: Context, email: str) -> Person:
    """Return somebody all of whose projects in the caller's organization the caller is an admin of.

    Raises NotFound, Forbidden.
    """
    accounts, sharer = context.services.accounts, context.sharer
    person = await accounts.people.by_email(email)
    projects = [] if person is None else await accounts.store.projects_of(person.id, sharer.organization_id)
    if person is None or not (projects or await _was_member(context, person)):
        raise NotFound("member_not_found", "Your organization has no member with this e-mail address.", field="email")
    for project in projects:
        if await accounts.store.role_of(sharer.user_id, project.id) is not Role.ADMIN:
            detail = "They are a member of a project that you are no admin of: ask somebody who is."
            raise Forbidden("not_project_editor", detail, field="email")
    return person


async def _was_member(context: Context, person: Person) -> bool:
    """Whether somebody is bound who has no role any more: that can be taken back."""
    issuer, identities = context.services.settings.oidc_issuer, context.services.accounts.identities
    known = [] if issuer is None else await identities.of_user(issuer, person.id)
    return any(one.organization_id == context.sharer.organization_id for one in known)


def _issuer(context: Context) -> str:
    issuer = context.services.settings.oidc_issuer
    if issuer is None:
        detail = "Nobody signs in with an OpenID provider here: the operator has set none (TILEGATE_OIDC_ISSUER)."
        raise BadInput("field_invalid", detail)
    return issuer


def _output(binding: Binding, email: str) -> IdentityOutput:
    return IdentityOutput(
        user_id=binding.user_id,
        email=email,
        issuer=binding.issuer,
        subject=binding.subject,
        by_admin=binding.by_admin,
        created_at=binding.created_at,
    )


OPERATIONS = (
    Operation("member.identity.set", Scope.ADMIN, Effect.WRITE, Bucket.UPDATE, set_identity),
    Operation("member.identity.list", Scope.ADMIN, Effect.READ, Bucket.LIST, list_identities),
    Operation("member.identity.remove", Scope.ADMIN, Effect.DESTRUCTIVE, Bucket.UPDATE, remove_identity),
)
