"""Every error that a client can meet, drawn as a tree; and the base of errors that only operators meet.

    ParlourError
    ├── Unauthorized        not signed in
    │   └── SignInRefused   a sign-in rule failed; the code names the rule (protocol §1)
    ├── Forbidden           signed in, without the right (reason: banned muted gate private role not_seated)
    │   └── GateNeeded      the chain has to be asked first, whether the room's gate lets the account in
    ├── NotFound            no such entry, watch or chain
    │   └── NoSuchRoom      no such room, or a private one that nobody tells of
    ├── Invalid             the request itself is malformed
    ├── Illegal             well formed, against the rules of the room
    │   └── Reject          the same, raised by a game's author with a reason of their own
    ├── Conflict            the same id with another content, or a second writer of a room
    ├── RateLimited         too fast; retry_after says when
    ├── TooLarge            over a size limit
    ├── Closed              the room is closed
    ├── Unavailable         the server cannot right now; a retry helps
    │   └── NotOwner        another process owns the room, or will; the room's owner can
    └── Internal            our fault

`code` is closed (protocol §3), `reason` is open, `message` is one human sentence, `retryable` says whether the same
request may succeed later.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ParlourError(Exception):
    """The base of every error that may reach a client.

    Args:
        message: one human sentence.
        reason: a finer machine-readable reason under the closed `code`.
        retry_after: milliseconds until a retry may help.
        details: JSON-able extras, such as the path of a bad field.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    default_message: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str | None = None,
        retry_after: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message or self.default_message)
        self.message = message or self.default_message
        self.reason = reason
        self.retry_after = retry_after
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """Make the `error` object of an ack or an HTTP answer (protocol §3)."""
        body: dict[str, Any] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.reason is not None:
            body["reason"] = self.reason
        if self.retry_after is not None:
            body["retryAfter"] = self.retry_after
        if self.details is not None:
            body["details"] = self.details
        return body


class Unauthorized(ParlourError):
    """Nobody is signed in, or the token is no longer valid."""

    code, status = "unauthorized", 401
    default_message = "Sign in first."


class SignInRefused(Unauthorized):
    """A refused sign-in; `rule` becomes the code: malformed domain uri chain nonce expired not_yet_valid signature."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.code = rule  # type: ignore[misc]  # the rule that failed is the code (protocol §1)


class Forbidden(ParlourError):
    """The account is known and lacks the right; `reason` says why: banned muted gate private role not_seated origin."""

    code, status = "forbidden", 403
    default_message = "You do not have the right to do that here."


class GateNeeded(Forbidden):
    """The account has no grant of the room's gate: ask the chain, then try again.

    Attributes:
        hidden: the room is private, and whoever does not pass may not know of it.
    """

    default_message = "This room has a gate, and you have not passed it."

    def __init__(self, *, hidden: bool = False) -> None:
        super().__init__(reason="gate")
        self.hidden = hidden


class NotFound(ParlourError):
    """There is no such entry, watch or chain here."""

    code, status = "not_found", 404
    default_message = "There is no such thing here."


NO_SUCH_ROOM_SECONDS = 0.05
"""Time after which `NoSuchRoom` is answered, so that it does not tell a private room from none.

Opening a private room takes 1 to 20 ms, looking up one that does not exist about 1 ms."""


class NoSuchRoom(NotFound):
    """There is no such room, or the caller may not know of it; both have the same message."""

    default_message = "There is no such room."


class Invalid(ParlourError):
    """The request itself is malformed; `details` names the field where there is one."""

    code, status = "invalid", 400
    default_message = "The request is malformed."


class Illegal(ParlourError):
    """The request is well formed and against the rules of the room."""

    code, status = "illegal", 409
    default_message = "The rules of this room do not allow that."


class Reject(Illegal):
    """Raised by a game's author to refuse an action: `raise Reject("cell_taken")`."""

    def __init__(self, reason: str, message: str | None = None, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(message or f"Refused: {reason.replace('_', ' ')}.", reason=reason, details=details)


class Conflict(ParlourError):
    """The same id came with another content, or another process writes the room."""

    code, status = "conflict", 409
    default_message = "That id was used before with another content."


class RateLimited(ParlourError):
    """The sender is too fast; `retry_after` says how long to wait, 1 ms at least.

    A bucket that refused may have refilled when it is asked how long to wait, and then says 0.
    """

    code, status, retryable = "rate_limited", 429, True
    default_message = "Too many requests; slow down."

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str | None = None,
        retry_after: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        wait = None if retry_after is None else max(1, retry_after)
        super().__init__(message, reason=reason, retry_after=wait, details=details)


class OverQuota(RateLimited):
    """A quota of the account is used up; a retry alone does not help, and the message says what does."""

    retryable = False


class TooLarge(ParlourError):
    """The request is over a size limit."""

    code, status = "too_large", 413
    default_message = "That is larger than the limit."


class Closed(ParlourError):
    """The room is closed for good."""

    code, status = "closed", 409
    default_message = "This room is closed."


class Unavailable(ParlourError):
    """The server cannot do it now; a retry helps."""

    code, status, retryable = "unavailable", 503, True
    default_message = "The server cannot do that right now; try again."


class NotOwner(Unavailable):
    """This process does not own the room, or hands it over; another one can do what was asked."""

    default_message = "Another process owns this room right now."


class Internal(ParlourError):
    """The server failed; its log has the cause."""

    code, status = "internal", 500


class OperatorError(Exception):
    """A problem that an operator can solve; commands print its text without a traceback. No client sees it."""
