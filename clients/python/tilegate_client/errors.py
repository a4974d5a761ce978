"""What can go wrong.

TilegateError
├── Unreachable          nobody answered, or the answer broke off
└── Problem              the service said no: code, status, detail, field, request_id, retry_after
├── BadInput          400, 413, 415, 416, 422
├── Unauthenticated   401
├── Forbidden         403
├── NotFound          404
├── Conflict          409, 412
├── Gone              410: expired, revoked, suspended, a limit was reached
├── RateLimited       429
└── ServerFailed      500 and above
"""

from __future__ import annotations


class TilegateError(Exception):
    """Base of all errors of this package."""


class Unreachable(TilegateError):
    """Nobody answered, or the answer broke off."""


class Problem(TilegateError):
    """A problem document (RFC 9457). Programs look at `code`; people read `detail`.

    field: the field at fault, where there is one. request_id: what the operator finds it by. retry_after: seconds after
    which trying again makes sense.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        field: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        where = f"{field}: " if field else ""
        told = f" (request {request_id})" if request_id else ""
        super().__init__(f"{where}{detail} [{code}]{told}")
        self.status = status
        self.code = code
        self.detail = detail
        self.field = field
        self.request_id = request_id
        self.retry_after = retry_after


class BadInput(Problem):
    """Other input would help."""


class Unauthenticated(Problem):
    """The API key, the password or the key of a link is missing or wrong."""


class Forbidden(Problem):
    """Who calls is known, and may not."""


class NotFound(Problem):
    """It is not there, or the caller may not know that it is."""


class Conflict(Problem):
    """It is not in a state that allows this, or not the version that was named."""


class Gone(Problem):
    """The link has expired, was revoked or suspended, or has reached a limit; or what it shared is gone."""


class RateLimited(Problem):
    """Too much in too short a time."""


class ServerFailed(Problem):
    """The service cannot do this now."""


BY_STATUS: dict[int, type[Problem]] = {
    400: BadInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    410: Gone,
    413: BadInput,
    415: BadInput,
    416: BadInput,
    422: BadInput,
    429: RateLimited,
}


def problem_type(status: int) -> type[Problem]:
    """Return the class of a status."""
    return BY_STATUS.get(status, ServerFailed if status >= 500 else Problem)  # noqa: PLR2004
