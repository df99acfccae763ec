"""What a server may answer instead of yes (protocol §3), as typed errors.

ParlourError
├── Unauthorized        not signed in
│   └── SignInRefused   a sign-in rule failed; `code` names the rule
├── Forbidden           signed in, without the right (reason: banned muted gate private role not_seated)
├── NotFound            no such room or entry, or a private one
├── Invalid             the request itself is malformed
├── Illegal             against the rules of the room (`reason` is the game author's)
├── Conflict            the same id was used with another content
├── RateLimited         too fast; `retry_after` says when
├── TooLarge            over a size limit
├── Closed              the room is closed
├── Unavailable         the server cannot right now
│   └── ConnectionLost  the answer never came; only the SDK raises it
├── Internal            the server's fault
└── LogReset            the log was restored to another one, entries may be missing; only the SDK raises it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ParlourError(Exception):
    """Base of everything the client raises on purpose.

    Attributes:
        code: from the protocol's closed list (a refused sign-in: the rule that failed).
        reason: a finer reason under `code`, or None.
        message: one human sentence.
        retryable: whether the same request may succeed later; the client has already tried when it raises.
        retry_after: milliseconds until a retry may help, or None.
        details: JSON extras, such as the path of a bad field.
    """

    code: str = "internal"
    default_retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        reason: str | None = None,
        retryable: bool | None = None,
        retry_after: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.reason = reason
        self.retryable = self.default_retryable if retryable is None else retryable
        self.retry_after = retry_after
        self.details = details

    def __str__(self) -> str:
        return f"{self.code}{f'/{self.reason}' if self.reason else ''}: {self.message}"


class Unauthorized(ParlourError):
    code = "unauthorized"


class SignInRefused(Unauthorized):
    code = "signature"


class Forbidden(ParlourError):
    code = "forbidden"


class NotFound(ParlourError):
    code = "not_found"


class Invalid(ParlourError):
    code = "invalid"


class Illegal(ParlourError):
    code = "illegal"


class Conflict(ParlourError):
    code = "conflict"


class RateLimited(ParlourError):
    code = "rate_limited"
    default_retryable = True


class TooLarge(ParlourError):
    code = "too_large"


class Closed(ParlourError):
    code = "closed"


class Unavailable(ParlourError):
    code = "unavailable"
    default_retryable = True


class ConnectionLost(Unavailable):
    """The connection ended before the answer came; whether the request took effect is unknown."""


class Internal(ParlourError):
    code = "internal"


class LogReset(ParlourError):
    """The room's log is no longer the one this client had read (a restored backup, or retention passed it by).

    `room.recent` holds the latest entries of the log as it is now; iterating on goes on from there.
    """

    code = "conflict"


_BY_CODE: dict[str, type[ParlourError]] = {
    kind.code: kind
    for kind in (
        Unauthorized,
        Forbidden,
        NotFound,
        Invalid,
        Illegal,
        Conflict,
        RateLimited,
        TooLarge,
        Closed,
        Unavailable,
        Internal,
    )
}


def error_from(body: object, fallback: type[ParlourError] = Internal) -> ParlourError:
    """The typed error for the `error` object of an ack or an HTTP answer; unknown codes become `fallback`."""
    if not isinstance(body, Mapping):
        return fallback("The server refused without saying why.")
    code = str(body.get("code", ""))
    return _BY_CODE.get(code, fallback)(
        str(body.get("message", "")),
        code=code or None,
        reason=body.get("reason"),
        retryable=bool(body.get("retryable", False)),
        retry_after=body.get("retryAfter"),
        details=body.get("details"),
    )
