"""Who may do what in a room: roles, mutes and bans, from `member.*` entries (protocol §3 "Rights").

Roles of a room, the highest first: owner, moderator, editor, member, muted, guest. Nobody acts on an equal
or higher role. Server roles from `moderator` up stand above every role of a room.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.core.gates.events import asks_each_join
from parlour.core.gates.grants import REASON, Grants, is_gate_entry
from parlour.core.gates.tree import Gate, read_gate
from parlour.core.identity.server_roles import SERVER_MODERATOR, SERVER_ROLES
from parlour.core.room import Account, Draft, Entry, GateUpdate, Join, Moderate, Notice, OpenSealed, SetGate
from parlour.errors import Forbidden, GateNeeded, Illegal, Invalid, NoSuchRoom, Unauthorized

ROLES = {"guest": 0, "muted": 1, "member": 2, "editor": 3, "moderator": 4, "owner": 5}
"""Role → how high it stands."""
GRANTABLE = ("member", "editor", "moderator")
"""Roles that owners and moderators may give."""
OPENED = "room.opened"
"""The entry of a sealed room that an administrator opened; its people read who did, and why."""
OPENED_MS = 86_400_000
"""For so long an administrator reads the room then."""
MAX_LISTED = 10_000
"""Accounts muted, banned or put out that a room keeps, each: they are in every snapshot, about 60 bytes each."""
MAX_ROLES = 50_000
"""Accounts with a role of their own, likewise; a private room has one for each who may come in."""


@dataclass(slots=True)
class Access:
    """The rights part of every room's state.

    Attributes:
        owner: the account that created the room.
        private: whether only accounts with a role may know of the room.
        roles: explicit grants, the owner not among them.
        muted, banned: account → until (ms) or None for ever.
        put_out: who was kicked or banned and got no role since; an invitation used before lets none of them in again.
        grants: the room's gate, and whom it lets in.
        opened: administrators who opened a sealed room for themselves → until when (ms) they read it.
        gates_seats: a public room's gate is asked who sits down; whoever only reads or writes is not.
        sealed: nobody reads along: server roles count for nothing here (reserved.py); the room's id says so.
    """

    owner: Account = ""
    private: bool = False
    roles: dict[Account, str] = field(default_factory=dict)
    muted: dict[Account, int | None] = field(default_factory=dict)
    banned: dict[Account, int | None] = field(default_factory=dict)
    put_out: set[Account] = field(default_factory=set)
    sealed: bool = False
    grants: Grants = field(default_factory=Grants)
    gates_seats: bool = False
    opened: dict[Account, int] = field(default_factory=dict)

    def outranks(self, rank: int) -> bool:
        """Return whether a server role of this rank stands above every role of this room."""
        return rank >= SERVER_MODERATOR and not self.sealed

    def role(self, account: Account, at: int) -> str | None:
        """Return the account's role now; None in a private room that the account may not know of."""
        if account and account == self.owner:
            return "owner"
        role = self.roles.get(account)
        if role is None and self.private and account not in self.grants.held:
            return None
        if not account:
            return "guest"
        return "muted" if self.muted and _holds(self.muted, account, at) else role or "member"

    def check_join(self, account: Account, rank: int, at: int) -> str:
        """Return the role to join with.

        Raises:
            NoSuchRoom: the room is private, and the account has no role in it. Forbidden: the account is banned.
            GateNeeded: the account has no grant of the room's gate.
        """
        if self.banned:
            self.check_ban(account, at)
        role = self.role(account, at)
        if self.grants.json is not None and (self.private or not self.gates_seats):
            self.check_gate(account, rank, hidden=role is None)
            role = role or "member"
        if role is None:
            if self.outranks(rank):
                return "moderator"
            if rank >= SERVER_ROLES["admin"] and at < self.opened.get(account, 0):
                return "muted"
            raise NoSuchRoom()
        return role

    def unseal(self, command: OpenSealed) -> Draft:
        """Return the entry that opens a sealed room for an administrator.

        Raises:
            Forbidden: somebody else. Illegal: server roles read the room anyway.
        """
        if command.rank < SERVER_ROLES["admin"]:
            raise Forbidden("Only administrators of this server open such a room.", reason="role")
        if not self.sealed:
            raise Illegal("Moderators of this server read that room anyway.", reason="not_sealed")
        return Draft(OPENED, {"by": command.author, "reason": command.reason})

    @property
    def gated(self) -> bool:
        """Whether the room has a gate."""
        return self.grants.json is not None

    def check_gate(self, account: Account, rank: int, *, hidden: bool = False) -> None:
        """Raise GateNeeded unless the room's gate, if it has one, lets the account in."""
        if not self.passes(account, rank):
            raise GateNeeded(hidden=hidden)

    def check_asked(self, command: Join) -> None:
        """Raise GateNeeded where a grant has to be asked for again at every join, and was not for this one."""
        if command.author in self.grants.held and not command.asked:
            gate = self.grants.gate
            if gate is not None and asks_each_join(gate):
                raise GateNeeded(hidden=self.private and command.author not in self.roles)

    def passes(self, account: Account, rank: int = 0) -> bool:
        """Return whether the room's gate lets the account in: the owner, server roles, and who has a grant."""
        grants = self.grants
        if not self.gated or account in grants.held or (account and account == self.owner):
            return True
        served = rank >= SERVER_ROLES["operator"] or (rank > 0 and not account.startswith("app:"))
        return served and not self.sealed

    @property
    def open_to_all(self) -> bool:
        """Whether everybody may come in: nobody is banned, and the room is neither private nor gated."""
        return not (self.banned or self.private or self.grants.json is not None)

    def is_banned(self, account: Account, at: int) -> bool:
        """Return whether a ban on the account is in force."""
        return bool(self.banned) and _holds(self.banned, account, at)

    def check_ban(self, account: Account, at: int) -> None:
        """Raise while the account is banned: NoSuchRoom in a private room, Forbidden in a public one."""
        if self.is_banned(account, at):
            raise (NoSuchRoom() if self.private else Forbidden("You are banned from this room.", reason="banned"))

    def admits(self, account: Account, at: int) -> bool:
        """Return whether the account may come in, server roles aside."""
        if self.is_banned(account, at) or self.role(account, at) is None:
            return False
        return (self.gates_seats and not self.private) or self.passes(account)

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
        return ROLES["owner"] + rank if self.outranks(rank) else ROLES.get(self.role(account, at) or "guest", 0)

    def check_owner(self, account: Account, rank: int, at: int) -> None:
        """Raise Forbidden unless the account owns the room or is a server moderator."""
        if self.check_post(account, rank, at) != "owner" and not self.outranks(rank):
            raise Forbidden("Only the room's owner may do that.", reason="role")

    def moderate(self, command: Moderate) -> Draft:
        """Return the `member.*` entry that a moderation command leads to.

        Raises:
            Invalid: unknown action or role. Forbidden: not high enough. Illegal: nothing to undo.
        """
        self.check_join(command.author, command.rank, command.at)
        if not command.account:
            raise Invalid("Name the account to act on.", details={"path": "account"})
        if command.reason == REASON:
            raise Invalid("That reason is the gate's own.", details={"path": "reason"})
        mine = self.authority(command.author, command.rank, command.at)
        if mine < ROLES["moderator"] or mine <= self.authority(command.account, command.account_rank, command.at):
            raise Forbidden("Your role is not above the role of that account.", reason="role")
        body: dict[str, Any] = {"account": command.account, "by": command.author}
        if command.reason is not None:
            body["reason"] = command.reason
        match command.action:
            case "role":
                if command.role not in GRANTABLE:
                    raise Invalid("A role is member, editor or moderator.", details={"path": "role"})
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
                raise Invalid(
                    "Actions are mute, unmute, kick, ban, unban, role and release.", details={"path": "action"}
                )

    def apply(self, entry: Entry) -> None:
        """Fold one `member.*` entry, or a `room.opened`."""
        body = entry.body
        assert isinstance(body, dict)
        if entry.type == OPENED:
            self.opened[body["by"]] = entry.at + OPENED_MS
            return
        account = body["account"]
        if is_gate_entry(entry):
            self.grants.apply(entry)
            return
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
                lifted = {"mute": self.muted, "ban": self.banned}.get(body["from"])
                if lifted is not None:
                    lifted.pop(account, None)

    def take_update(self, command: GateUpdate) -> tuple[list[Draft], list[Account], list[Account]]:
        """Return the gate's entries that still hold, who loses a grant by them, and whose grant does not hold.

        The last are asked again.
        """
        if command.gate != self.grants.json:
            return [], [], [account_in(draft) for draft in command.drafts]
        accepted: list[Draft] = []
        lost: list[Account] = []
        refused: list[Account] = []
        for draft in command.drafts:
            account = account_in(draft)
            if not self.grants.takes(draft):
                if draft.type == "member.admitted" and account not in self.grants.held:
                    refused.append(account)
                continue
            accepted.append(draft)
            if draft.type == "member.removed":
                lost.append(account)
            elif draft.type == "member.admitted" and (gate := self.grants.gate) is not None:
                accepted += self.role_by_gate(gate, account)
        return accepted, lost, refused

    def admitted_at_once(self, change: SetGate) -> list[Draft]:
        """Return the grants of those who pass a new gate, who so stay in the room."""
        if change.gate is None:
            return []
        gate = read_gate(change.gate)
        return [each for draft in change.admitted for each in (draft, *self.role_by_gate(gate, account_in(draft)))]

    def role_by_gate(self, gate: Gate, account: Account) -> list[Draft]:
        """Return the entry that gives the role of a gate to who passes it, where the gate gives one."""
        if gate.grants is None or account in self.roles or len(self.roles) >= MAX_ROLES:
            return []
        return [Draft("member.role", {"account": account, "role": gate.grants, "by": ""})]

    def is_among(self, group: str, account: Account, rank: int, at: int) -> bool:
        """Return whether the account is one of `members`, `editors` or `moderators`, whom a room's rules name."""
        if group == "members":
            return account in self.roles or account == self.owner or self.outranks(rank)
        return self.authority(account, rank, at) >= ROLES[group.removesuffix("s")]

    def succeeded(self, by: Account) -> list[Draft]:
        """Return the entry that leaves the owner, whom another account follows, a moderator."""
        return [Draft("member.role", {"account": self.owner, "role": "moderator", "by": by})] if self.owner else []

    def transfer(self, to: Account) -> None:
        """Make another account the owner, whatever was done to it before."""
        self.owner = to
        for held in (self.roles, self.muted, self.banned):
            held.pop(to, None)
        self.put_out.discard(to)

    def holders(self, role: str) -> list[Account]:
        """Return the accounts to whom this role was given, after the room's owner."""
        return [*([self.owner] if self.owner else []), *(each for each, held in self.roles.items() if held == role)]

    def listed_role(self, account: Account) -> str | None:
        """Return the role by which lists know a private room's member: one given to it, or what its gate admits to."""
        return self.roles.get(account) or ("member" if account in self.grants.held else None)

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
            **({"grants": self.grants.snapshot()} if self.gated else {}),
            **({"opened": dict(self.opened)} if self.opened else {}),
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
            grants=Grants.restored(state.get("grants")),
            opened=dict(state.get("opened", {})),
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


def told_lost(entries: Sequence[Draft], lost: Collection[Account]) -> list[Notice]:
    """Return the notices of those who lost their grant by these entries of a gate."""
    removed = [(index, account_in(each)) for index, each in enumerate(entries) if each.type == "member.removed"]
    return [Notice(account, "gate", index) for index, account in removed if account in lost]


def account_in(draft: Draft) -> Account:
    """Return whom a `member.*` entry is about."""
    assert isinstance(draft.body, dict)
    return str(draft.body["account"])


def check_future(until: int, now: int) -> None:
    """Raise Invalid where `until` (ms since 1970) is not later than `now`; clients often send seconds."""
    if until <= now:
        raise Invalid("until must lie in the future, in milliseconds since 1970.", details={"path": "until"})
