"""The refusals of protocol section 3, as typed errors.

ParlourError
├── Unauthorized        not signed in
│   └── SignInRefused   a sign-in rule failed; `code` names the rule
├── Forbidden           signed in, without the right (reason: banned muted gate private role not_seated)
├── NotFound            no such room or entry, or a private one
├── Invalid             the request itself is malformed
├── Illegal             against the rules of the room (`reason` names the rule)
├── Conflict            the same id was used with other content
├── RateLimited         too fast; `retry_after` says when
├── TooLarge            over a size limit
├── Closed              the room is closed
├── Unavailable         the server cannot right now
│   └── ConnectionLost  the answer never came; only the SDK raises it
│       └── Unreachable     the address leads to no Parlour server, and trying again cannot help
├── Internal            the server's fault
└── LogReset            the log is another one, or too far ahead: entries may be missing; only the SDK raises it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ParlourError(Exception):
    """The base of every error that the client raises on purpose.

    Attributes:
        code: from the protocol's closed list (a refused sign-in: the rule that failed).
        reason: a finer reason under `code`, or None.
        message: one human sentence.
        retryable: whether the same request may succeed later; the client has tried again before it raises.
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
    """Not signed in, or not any longer."""

    code = "unauthorized"


class SignInRefused(Unauthorized):
    """A rule of the sign-in failed; `code` names it."""

    code = "signature"


class Forbidden(ParlourError):
    """Signed in, without the right; `reason` says why."""

    code = "forbidden"


class NotFound(ParlourError):
    """No such room or entry, or a private one."""

    code = "not_found"


class Invalid(ParlourError):
    """The request is malformed; `details` may name the field."""

    code = "invalid"


class Illegal(ParlourError):
    """Against the rules of the room; `reason` names the rule."""

    code = "illegal"


class Conflict(ParlourError):
    """The same id was used with other content."""

    code = "conflict"


class RateLimited(ParlourError):
    """Too fast; `retry_after` says when."""

    code = "rate_limited"
    default_retryable = True


class TooLarge(ParlourError):
    """Over a size limit."""

    code = "too_large"


class Closed(ParlourError):
    """The room is closed."""

    code = "closed"


class Unavailable(ParlourError):
    """The server cannot answer now."""

    code = "unavailable"
    default_retryable = True


class ConnectionLost(Unavailable):
    """The connection ended before the answer came; whether the request took effect is unknown."""


class Unreachable(ConnectionLost):
    """The address leads to no Parlour server: another program, a certificate that is not trusted, a wrong path."""

    default_retryable = False


class Internal(ParlourError):
    """A defect of the server, or of this client."""

    code = "internal"


class LogReset(ParlourError):
    """The log is not the one this client had read (a restored backup), or more than 10,000 entries ahead of it.

    `room.recent` holds the latest entries of the log as it is now. Iterating again goes on from there.
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
    """Return the typed error for the `error` object of an ack or an HTTP answer; unknown codes become `fallback`."""
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


def no_answer(event: str, trouble: ParlourError | None) -> ConnectionLost:
    """Return the error of a request that ran out of time; `trouble` is why no socket could be opened, if so."""
    return ConnectionLost(f"No answer to {event} in time{f': {trouble.message}' if trouble else '.'}")
