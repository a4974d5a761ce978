"""Holds links to the share policy of their organization: when they are made, changed, extended or rotated.

A policy that becomes stricter leaves links as they are, until they are rotated or the field at fault is changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from service.errors import Forbidden
from service.links.credentials.passwords import normalise
from service.links.link import Link, Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from service.accounts.organization import Organization
    from service.accounts.share_policy import SharePolicy

HELD = frozenset({"permission", "expires_at", "allowed_origins"})
"""Fields of a link that a policy limits, beside its password."""


class Rules(NamedTuple):
    """One of the two policies of an organization, and who can change it."""

    policy: SharePolicy
    changed_by: str


def rules_of(organization: Organization) -> tuple[Rules, Rules]:
    """Return the ceiling, and what admins set: a link has to keep both."""
    return (
        Rules(organization.ceiling, "The operator of this installation set it, and can change it."),
        Rules(organization.policy, "An admin of your organization can change it (organization.policy.set)."),
    )


def with_defaults(organization: Organization, link: Link, given: Collection[str]) -> Link:
    """Return a new link with the watermark and the origins of the policy, where its sharer named none."""
    own, ceiling = organization.policy, organization.ceiling
    if link.permission is Permission.VIEW and "watermark" not in given:
        link = replace(link, watermark=link.watermark or own.watermark or ceiling.watermark)
    if not link.allowed_origins:
        both = tuple(origin for origin in own.allowed_origins if origin in ceiling.allowed_origins)
        link = replace(link, allowed_origins=both or own.allowed_origins or ceiling.allowed_origins)
    return link


def defaults_told(link: Link, given: Collection[str]) -> tuple[str, ...]:
    """Return what a sharer should know of what the policy put into a new link."""
    told = list[str]()
    if link.watermark is not None and "watermark" not in given:
        told.append(f"Your organization's share policy gives this link the watermark “{link.watermark}”.")
    if link.allowed_origins and "allowed_origins" not in given:
        told.append(f"By your organization's share policy it is for these web origins: {_words(link.allowed_origins)}.")
    return tuple(told)


def check_policy(organization: Organization, link: Link, now: datetime, fields: Collection[str] = HELD) -> None:
    """Raise Forbidden `not_allowed_by_policy` where one of some fields of a link is not as the policy wants it."""
    if "permission" in fields:
        _check_permission(organization, link.permission)
    if "expires_at" in fields:
        _check_expiry(organization, link.expires_at, now)
    if "allowed_origins" in fields:
        _check_origins(organization, link.allowed_origins)


def check_password(organization: Organization, password: str | None) -> None:
    """Raise Forbidden `not_allowed_by_policy` where a link may not have this password, or may not have none."""
    if password is None:
        for policy, changed_by in rules_of(organization):
            if not policy.allow_passwordless:
                raise _refused("allow_passwordless is false", changed_by, "password")
        return
    rules = _strictest(organization, lambda policy: -(policy.min_password_length or 0))
    shortest = rules.policy.min_password_length
    if shortest is not None and len(normalise(password).decode()) < shortest:
        raise _refused(f"min_password_length is {shortest} characters", rules.changed_by, "password")


def shortest_password(organization: Organization) -> int:
    """Return how many characters a password has at least, by the policy; 0 where it does not say."""
    return max(rules.policy.min_password_length or 0 for rules in rules_of(organization))


def _check_permission(organization: Organization, permission: Permission) -> None:
    for policy, changed_by in rules_of(organization):
        if policy.permissions is not None and permission not in policy.permissions:
            raise _refused(f"permissions is {_words(policy.permissions)}", changed_by, "permission")


def _check_expiry(organization: Organization, expires_at: datetime | None, now: datetime) -> None:
    rules = _strictest(organization, lambda policy: policy.max_lifetime_hours or float("inf"))
    longest = rules.policy.max_lifetime_hours
    if longest is not None and (expires_at is None or expires_at - now > timedelta(hours=longest)):
        raise _refused(f"max_lifetime_hours is {longest:g}, counted from now", rules.changed_by, "expires_at")


def _check_origins(organization: Organization, origins: tuple[str, ...]) -> None:
    for policy, changed_by in rules_of(organization):
        if policy.allowed_origins and not (origins and set(origins) <= set(policy.allowed_origins)):
            raise _refused(f"allowed_origins is {_words(policy.allowed_origins)}", changed_by, "allowed_origins")


def _strictest(organization: Organization, limit: Callable[[SharePolicy], float]) -> Rules:
    """Return the policy with the lower limit; the operator's where both have the same."""
    return min(rules_of(organization), key=lambda rules: limit(rules.policy))


def _words(values: Collection[str]) -> str:
    return ", ".join(values) or "empty"


def _refused(rule: str, changed_by: str, field: str) -> Forbidden:
    detail = f"The share policy of your organization does not allow this: {rule}. {changed_by}"
    return Forbidden("not_allowed_by_policy", detail, field=field)
