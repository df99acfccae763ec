"""Who may do what in a room: roles, mutes and bans, from `member.*` entries (protocol §3 "Rights").

Roles of a room, the highest first: owner, moderator, member, muted, guest. Nobody acts on an equal or higher role.
Server roles from `moderator` up stand above every role of a room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import Account, Draft, Entry, Moderate
from parlour.errors import Forbidden, Illegal, Invalid, NoSuchRoom, Unauthorized

ROLES = {"guest": 0, "muted": 1, "member": 2, "moderator": 3, "owner": 4}
"""Role → how high it stands."""
GRANTABLE = ("member", "moderator")
MAX_LISTED = 10_000
"""Accounts muted, banned or put out that a room keeps, each: they are in every snapshot, about 60 bytes each."""
MAX_ROLES = 50_000
"""Accounts with a role of their own, likewise; a private room has one for each who may come in."""
"""Roles that owners and moderators may give."""


@dataclass(slots=True)
class Access:
    """The rights part of every room's state.

    Attributes:
        owner: the account that created the room.
        private: whether only accounts with a role may know of the room.
        roles: explicit grants, the owner not among them.
        muted, banned: account → until (ms) or None for ever.
        put_out: who was kicked or banned and got no role since; an invitation used before lets none of them in again.
    """

    owner: Account = ""
    private: bool = False
    roles: dict[Account, str] = field(default_factory=dict)
    muted: dict[Account, int | None] = field(default_factory=dict)
    banned: dict[Account, int | None] = field(default_factory=dict)
    put_out: set[Account] = field(default_factory=set)

    def role(self, account: Account, at: int) -> str | None:
        """Return the account's role now; None in a private room that the account may not know of."""
        if account and account == self.owner:
            return "owner"
        role = self.roles.get(account)
        if role is None and self.private:
            return None
        if not account:
            return "guest"
        return "muted" if _holds(self.muted, account, at) else role or "member"

    def check_join(self, account: Account, rank: int, at: int) -> str:
        """Return the role to join with.

        Raises:
            NoSuchRoom: the room is private, and the account has no role in it. Forbidden: the account is banned.
        """
        self.check_ban(account, at)
        role = self.role(account, at)
        if role is None:
            if rank >= SERVER_MODERATOR:
                return "moderator"
            raise NoSuchRoom()
        return role

    def is_banned(self, account: Account, at: int) -> bool:
        """Return whether a ban on the account is in force."""
        return bool(self.banned) and _holds(self.banned, account, at)

    def check_ban(self, account: Account, at: int) -> None:
        """Raise while the account is banned: NoSuchRoom in a private room, Forbidden in a public one."""
        if self.is_banned(account, at):
            raise (NoSuchRoom() if self.private else Forbidden("You are banned from this room.", reason="banned"))

    def admits(self, account: Account, at: int) -> bool:
        """Return whether the account may come in, server roles aside."""
        return not self.is_banned(account, at) and self.role(account, at) is not None

    def check_post(self, account: Account, rank: int, at: int) -> str:
        """Return the role to post with; raises as `check_join`, Unauthorized for guests, Forbidden if muted."""
        role = self.check_join(account, rank, at)
        if role == "muted":
            raise Forbidden("You are muted in this room.", reason="muted")
        if role == "guest":
            raise Unauthorized("Sign in to post.")
        return role

    def authority(self, account: Account, rank: int, at: int) -> int:
        """Return how high the account stands here, for comparison with others and with ROLES.

        Server moderators and up stand above every role of a room, in their order.
        """
        return ROLES["owner"] + rank if rank >= SERVER_MODERATOR else ROLES.get(self.role(account, at) or "guest", 0)

    def check_owner(self, account: Account, rank: int, at: int) -> None:
        """Raise Forbidden unless the account owns the room or is a server moderator."""
        if self.check_post(account, rank, at) != "owner" and rank < SERVER_MODERATOR:
            raise Forbidden("Only the room's owner may do that.", reason="role")

    def moderate(self, command: Moderate) -> Draft:
        """Return the `member.*` entry that a moderation command leads to.

        Raises:
            Invalid: unknown action or role. Forbidden: not high enough. Illegal: nothing to undo.
        """
        self.check_join(command.author, command.rank, command.at)
        if not command.account:
            raise Invalid("Name the account to act on.", details={"path": "account"})
        mine = self.authority(command.author, command.rank, command.at)
        if mine < ROLES["moderator"] or mine <= self.authority(command.account, command.account_rank, command.at):
            raise Forbidden("Your role is not above the role of that account.", reason="role")
        body: dict[str, Any] = {"account": command.account, "by": command.author}
        if command.reason is not None:
            body["reason"] = command.reason
        match command.action:
            case "role":
                if command.role not in GRANTABLE:
                    raise Invalid("A role is member or moderator.", details={"path": "role"})
                if ROLES[command.role] >= mine:
                    raise Forbidden("You cannot give a role as high as your own.", reason="role")
                self.check_roles(command.account)
                return Draft("member.role", body | {"role": command.role})
            case "mute" | "ban":
                if command.until is not None:
                    check_future(command.until, command.at)
                    body["until"] = command.until
                held = self.muted if command.action == "mute" else self.banned
                if command.account not in held and len(held) >= MAX_LISTED:
                    _check_place(len(_in_force(held, command.at)))
                if command.action == "ban":
                    self._check_put_out(command.account)
                return Draft("member.muted" if command.action == "mute" else "member.banned", body)
            case "kick":
                self._check_put_out(command.account)
                return Draft("member.removed", body)
            case "unmute" | "unban":
                held = self.muted if command.action == "unmute" else self.banned
                if command.account not in held:
                    raise Illegal("That account is neither muted nor banned.", reason="not_in_force")
                return Draft("member.restored", body | {"from": "mute" if command.action == "unmute" else "ban"})
            case _:
                raise Invalid("Actions are mute, unmute, kick, ban, unban and role.", details={"path": "action"})

    def apply(self, entry: Entry) -> None:
        """Fold one `member.*` entry."""
        body = entry.body
        assert isinstance(body, dict)
        account = body["account"]
        match entry.type:
            case "member.role":
                self.roles[account] = body["role"]
                self.put_out.discard(account)
            case "member.muted":
                self.muted = _listed(self.muted, account, body.get("until"), entry.at)
            case "member.banned":
                self.banned = _listed(self.banned, account, body.get("until"), entry.at)
                self._put_out(account)
            case "member.removed":
                self._put_out(account)
            case "member.restored":
                (self.muted if body["from"] == "mute" else self.banned).pop(account, None)

    def check_roles(self, account: Account) -> None:
        """Raise Illegal where the account has no role yet and the room has no place for another one."""
        if account not in self.roles and len(self.roles) >= MAX_ROLES:
            raise Illegal("This room has no place for another account with a role.", reason="too_many")

    def _check_put_out(self, account: Account) -> None:
        if account not in self.put_out:
            _check_place(len(self.put_out))

    def _put_out(self, account: Account) -> None:
        self.roles.pop(account, None)
        self.put_out.add(account)

    def snapshot(self) -> dict[str, Any]:
        """Return the rights as JSON, enough for `restored`."""
        return {
            "owner": self.owner,
            "private": self.private,
            "roles": dict(self.roles),
            "muted": dict(self.muted),
            "banned": dict(self.banned),
            "putOut": sorted(self.put_out),
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Access:
        """Return the rights of a snapshot, which an older server may have written."""
        return cls(
            owner=state["owner"],
            private=state["private"],
            roles=dict(state["roles"]),
            muted=dict(state["muted"]),
            banned=dict(state["banned"]),
            put_out=set(state.get("putOut", ())),
        )


def _holds(held: dict[Account, int | None], account: Account, at: int) -> bool:
    if account not in held:
        return False
    until = held[account]
    return until is None or at < until


def _in_force(held: dict[Account, int | None], at: int) -> dict[Account, int | None]:
    return {account: until for account, until in held.items() if until is None or at < until}


def _listed(held: dict[Account, int | None], account: Account, until: int | None, at: int) -> dict[Account, int | None]:
    """Return the list with one more account; from a full list those whose time ran out are removed first."""
    if len(held) >= MAX_LISTED:
        held = _in_force(held, at)
    held[account] = until
    return held


def _check_place(listed: int) -> None:
    if listed >= MAX_LISTED:
        raise Illegal(f"A room keeps at most {MAX_LISTED} such accounts; lift one first.", reason="too_many")


def check_future(until: int, now: int) -> None:
    """Raise Invalid where `until` (ms since 1970) is not later than `now`; clients often send seconds."""
    if until <= now:
        raise Invalid("until must lie in the future, in milliseconds since 1970.", details={"path": "until"})
