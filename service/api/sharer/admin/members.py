"""The page of members: who has which role on which project, and as whom they sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.api.sharer.shell import ask, for_visitors, shell_page
from service.errors import Forbidden

if TYPE_CHECKING:
    from aiohttp import web

    from service.api.sharer.visitor import Visitor
    from service.operations.account.identities import IdentityPage
    from service.operations.account.memberships import MembershipPage
    from service.operations.account.models import MemberPage, ProjectPage

SECTION = "/members"


def add_routes(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(SECTION, for_visitors(members))


async def members(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """Show the members of a project: of the one that is asked for, or the oldest."""
    if not visitor.holds(Scope.ADMIN):
        raise Forbidden("scope_missing", "This page needs the scope admin.")
    mine: ProjectPage = await ask(visitor, "project.list")
    wanted = request.query.get("project") or (mine.projects[0].id if mine.projects else None)
    found: MemberPage = await ask(visitor, "member.list", project_id=wanted)
    identities: IdentityPage = await ask(visitor, "member.identity.list")
    organizations: MembershipPage = await ask(visitor, "organization.mine")
    return shell_page(
        request,
        visitor,
        "sharer/members.html",
        section=SECTION,
        projects=mine.projects,
        project_id=wanted,
        members=found.members,
        roles=list(Role),
        identities={one.user_id: one for one in identities.identities},
        has_provider=visitor.context.services.accounts.openid is not None,
        organizations=organizations.organizations,
        may_change_organization=visitor.session.signed_in.identity_id is not None,
    )
