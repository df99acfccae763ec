"""Requests about people, and what they answer: blocks and profiles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from parlour.protocol.replies import Reply
from parlour.protocol.values import Account, AccountId, Hash, Maybe, Request, Shape, Text


class AccountBlock(Request):
    """Block an account, or no longer; nobody else is told."""

    account: AccountId
    on: bool


class AccountBlocks(Request):
    """List whom one blocks."""


class AccountProfile(Request):
    """Change one's profile: the keys that are named; an empty one is taken off."""

    name: Annotated[Text, Field(max_length=160)] | None = None
    avatar: Annotated[str, Field(pattern=r"^(0x[0-9a-fA-F]{64})?$")] | None = None
    """The hash of a picture."""
    bio: Annotated[Text, Field(max_length=2_000)] | None = None
    bot: bool | None = None
    """Whether a program acts for this account."""


class AccountProfiles(Request):
    """Read profiles."""

    accounts: Annotated[list[AccountId], Field(max_length=100)]


class AccountStatus(Request):
    """Say how one is, to the people of the rooms one is in."""

    status: Literal["active", "idle", "busy"]
    text: Annotated[Text, Field(max_length=80)] | None = None
    until: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    """When (ms) one is active again."""


class PushKeys(Shape):
    """What a push is encrypted for (RFC 8291): base64url of a point of P-256, and of 16 bytes."""

    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}=?$", alias="p256dh")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}={0,2}$")]


class PushTarget(Shape):
    """A browser's subscription, as `PushSubscription.toJSON()` gives it."""

    endpoint: Annotated[str, Field(max_length=2_048)]
    keys: PushKeys


class AccountPush(Request):
    """Be pushed to in this browser, or no longer."""

    subscription: PushTarget
    on: bool = True


class BlocksReply(Reply):
    """Whom one blocks."""

    accounts: list[Account]


class Profile(Shape):
    """What an account says of itself; `ens` is its verified name."""

    name: Maybe[str] = None
    avatar: Maybe[Hash] = None
    bio: Maybe[str] = None
    ens: Maybe[str] = None
    bot: Maybe[Literal[True]] = None


class ProfileReply(Reply):
    """One's profile as it is now."""

    profile: Profile


class ProfilesReply(Reply):
    """Profiles by account."""

    profiles: dict[str, Profile]
