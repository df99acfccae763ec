"""What operators ask about roles, keys, webhooks, settings and the audit trail, and the answers, for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.protocol.http_admin import ChangeRequest
from parlour.protocol.values import Account, JsonObject, Maybe, Millis, Request, RoomId, Shape, Short, Text

Address = Annotated[Text, Field(min_length=1, max_length=2_000)]
Secret = Annotated[Text, Field(min_length=1, max_length=200)]
Pattern = Annotated[Text, Field(min_length=1, max_length=200)]
Patterns = Annotated[list[Pattern], Field(min_length=1, max_length=50)]
Role = Literal["viewer", "moderator", "operator", "admin"]


class ClaimRequest(Request, Shape):
    """The secret of the link that `parlour claim` prints."""

    claim: Annotated[Text, Field(min_length=1, max_length=128)]


class RoleRequest(ChangeRequest):
    """The role to give; null for none."""

    role: Role | None


class RoleReply(Shape):
    """The role that an account has now."""

    account: Account
    role: Role | None


class RoleInfo(Shape):
    """An account with a server role; `setting` says that PARLOUR_ROLES gives it."""

    account: Account
    role: Role
    setting: bool


class RolesReply(Shape):
    """The accounts with a server role."""

    roles: list[RoleInfo]


class KeyInfo(Shape):
    """An API key without its text."""

    id: str
    name: str
    scopes: list[str]
    created_at: Millis
    expires_at: Millis | None
    revoked_at: Millis | None


class KeysReply(Shape):
    """Every API key there ever was, oldest first."""

    keys: list[KeyInfo]


class KeyRequest(ChangeRequest):
    """A new API key; without `days` it has no end."""

    name: Annotated[Text, Field(min_length=1, max_length=63)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)]
    days: Annotated[float | None, Field(gt=0, le=36_500)] = None


class KeyReply(Shape):
    """The new key and its text, which is shown to its maker alone."""

    key: KeyInfo
    token: str


class ParkedEntry(Shape):
    """An entry, or a piece of news, that a receiver did not take for a day."""

    room: str | None
    """Null for news, which belong to no room."""
    seq: int
    at: int
    """When it was given up (ms)."""
    error: str


class WebhookInfo(Shape):
    """One receiver."""

    name: str
    url: str
    """Scheme and host only: the rest may be a secret."""
    rooms: str
    types: list[str]
    setting: bool
    """Whether it is of `PARLOUR_WEBHOOKS`, which alone changes it."""
    sending: bool
    """Whether this process sends to it; of several one does."""
    waiting: int
    """Rooms that have, or may have, entries to send."""
    parked: list[ParkedEntry]
    """The newest 50."""


class WebhooksReply(Shape):
    """Every receiver: those of the settings, then those that operators made."""

    webhooks: list[WebhookInfo]


class WebhookReply(Shape):
    """A receiver as it is now."""

    webhook: WebhookInfo


class WebhookMadeReply(WebhookReply):
    """A new receiver and the secret that signs what it is sent; the secret is shown to its maker alone."""

    secret: str


class WebhookMakeRequest(ChangeRequest):
    """A new receiver. Without a secret the server makes one."""

    url: Address
    secret: Maybe[Secret] = None
    rooms: Maybe[Pattern] = None
    """A pattern of room ids; all, and news, where it is left out."""
    types: Maybe[Patterns] = None
    """Patterns of types of entries and news; all where they are left out."""


class WebhookChangeRequest(ChangeRequest):
    """What is to change of a receiver that an operator made."""

    url: Maybe[Address] = None
    secret: Maybe[Secret] = None
    rooms: Maybe[Pattern] = None
    types: Maybe[Patterns] = None


class WebhookEntryRequest(ChangeRequest):
    """An entry to post to a receiver again."""

    room: RoomId | None
    """Null for news of accounts and chains."""
    seq: Annotated[int, Field(ge=1)]


class ConsoleSession(Shape):
    """The console's session; `csrf` goes into the header X-CSRF-Token of every request that the cookie authorises."""

    account: Account
    role: Role | None
    csrf: str
    expires_at: Millis


class ConfigRequest(ChangeRequest):
    """Settings to change by name; null takes one back to what the server began with."""

    values: Annotated[dict[str, Any], Field(min_length=1, max_length=100)]


class SettingInfo(Shape):
    """A setting in force; a secret is shown as `***`."""

    name: str
    value: Any
    source: Literal["default", "parlour.toml", ".env", "environment", "command line", "console"]
    changeable: bool
    """Whether it may change while the server runs."""
    meaning: str
    unit: str
    why: str


class ConfigReply(Shape):
    """Every setting, or those that were changed."""

    settings: list[SettingInfo]


class AuditQueryParams(Shape):
    """Which rows of the audit trail."""

    by: Maybe[Short] = None
    """An operator's account, or `app:<key>`."""
    what: Maybe[Short] = None
    """A change such as `room.close`, or every change of a kind: `room.`."""
    cursor: Maybe[Short] = None


class AuditRowInfo(Shape):
    """A change by an operator. Whom, reason, from, before and after are null once they are erased."""

    by: Account
    id: str
    what: str
    at: Millis
    whom: str | None
    reason: str | None
    from_: Annotated[str | None, Field(alias="from")]
    before: JsonObject | None
    after: JsonObject | None
    n: int | None
    """Its place in the chain of hashes; null until it is sealed, within a second."""
    hash: str | None


class AuditReply(Shape):
    """One page of the audit trail, newest first; without a cursor it is the last."""

    rows: list[AuditRowInfo]
    cursor: str | None
