"""The errors that a caller can meet.

No status codes here: `service.api.problems` maps each `code` to one, once.

    TilegateError
     ├── BadInput            body_missing, malformed_json, field_missing, field_invalid,
     │                       tile_address_invalid, format_unsupported, body_too_large, media_type_unsupported,
     │                       body_too_slow, malformed_request,
     │                       archive_too_large, upload_too_large, crop_too_large, idempotency_key_reused
     │    └── RangeNotSatisfiable  range_not_satisfiable
     ├── Unauthenticated     unauthenticated, password_required, password_invalid, key_invalid, key_expired,
     │                       sign_in_failed, code_required, code_invalid
     ├── Forbidden           scope_missing, not_project_editor, permission_denied, origin_not_allowed,
     │                       outside_share_area, can_not_apply_to_this_user,
     │                       not_allowed_by_policy, budget_exhausted, no_member
     ├── NotFound            share_not_found, target_not_found, profile_not_found, operation_not_found,
     │                       project_not_found, organization_not_found, api_key_not_found, key_not_found,
     │                       route_not_found, file_not_found, access_request_not_found, member_not_found,
     │                       root_grant_not_found, tile_matrix_set_not_found
     ├── Conflict            link_not_active, already_changed, precondition_failed, file_conflict,
     │    │                  no_need_to_request, last_admin, root_grant_in_use, idempotency_key_in_use,
     │    │                  already_bound
     │    └── OffsetMismatch upload_offset_mismatch
     ├── Gone                share_expired, share_revoked, share_suspended, share_not_started, limit_reached,
     │                       target_gone, organization_suspended
     ├── Throttled           rate_limited, too_many_attempts
     ├── SourceFailed        source_unreadable, quarantined
     │    └── SourceReplaced source_unreadable (told where the next version of the file is replaced too)
     ├── Unavailable         overloaded, metering_unavailable, backend_unavailable, storage_full
     ├── TimedOut            render_timeout
     └── Misconfigured       misconfigured (told to the operator, at the start)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class TilegateError(Exception):
    """Base of all errors that are told to a caller.

    code: one of the words of the tree above. detail: a sentence for a person, without paths, addresses or secrets.
    field: the request field at fault. retry_after: seconds after which trying again makes sense.
    """

    def __init__(self, code: str, detail: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.retry_after = retry_after


class BadInput(TilegateError):
    """The request cannot be understood or asks for something that does not exist."""


class RangeNotSatisfiable(BadInput):
    """No byte of a range is in the file, which has `size` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__("range_not_satisfiable", f"The file has {size} bytes, and none in this range.")
        self.size = size


class MethodNotAllowed(BadInput):
    """The address takes other methods: `allowed`."""

    def __init__(self, detail: str, allowed: Iterable[str]) -> None:
        super().__init__("method_not_allowed", detail)
        self.allowed = tuple(sorted(allowed))


class Unauthenticated(TilegateError):
    """Who calls is not proved."""


class Forbidden(TilegateError):
    """Who calls is known, and may not."""


class NotFound(TilegateError):
    """Nothing is there, or the caller may not know that it is."""


class Conflict(TilegateError):
    """The thing is not in a state that allows this."""


class OffsetMismatch(Conflict):
    """An upload goes on elsewhere: at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__("upload_offset_mismatch", f"This upload goes on at byte {offset}; send from there.")
        self.offset = offset


class Gone(TilegateError):
    """It was there and is over."""


class Throttled(TilegateError):
    """Too much in too short a time; `retry_after` says when to come back."""


class SourceFailed(TilegateError):
    """A registered raster cannot be read now."""


class SourceReplaced(SourceFailed):
    """A registered file was replaced since it was looked at: whoever looks again reads the new one."""


class Unavailable(TilegateError):
    """We cannot do this now; `retry_after` says when to come back."""


class TimedOut(TilegateError):
    """The render took longer than it may."""


class Misconfigured(TilegateError):
    """What the operator set cannot be used."""
