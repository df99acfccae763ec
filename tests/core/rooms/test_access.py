"""Who may do what: roles, mutes, bans, and nobody on an equal or higher role."""

from __future__ import annotations

from itertools import product

import pytest

from parlour.core.room import Entry, Moderate
from parlour.core.rooms.access import MAX_LISTED, MAX_ROLES, Access
from parlour.errors import Forbidden, Illegal, Invalid, NotFound, ParlourError, Unauthorized

NOW = 1000
PEOPLE = {"owner": 4, "mod": 3, "mod2": 3, "member": 2, "muted": 1, "": 0}


def hall(*, private: bool = False) -> Access:
    roles = {"mod": "moderator", "mod2": "moderator", "member": "member"}
    return Access("owner", private, roles | ({"muted": "member"} if private else {}), {"muted": None}, {"banned": None})


def moderate(author: str, action: str, account: str, **more: object) -> Moderate:
    return Moderate(author=author, at=NOW, action=action, account=account, **more)  # type: ignore[arg-type]


def fold(access: Access, command: Moderate) -> None:
    draft = access.moderate(command)
    access.apply(Entry("r", "e", 1, "", draft.type, "", NOW, draft.body, b"", b"", b""))


@pytest.mark.parametrize(("author", "account"), list(product(PEOPLE, PEOPLE)))
def test_role_reaches_lower_roles_alone(author: str, account: str) -> None:
    allowed = bool(account) and PEOPLE[author] >= 3 and PEOPLE[author] > PEOPLE[account]
    for action in ("mute", "ban", "kick"):
        if allowed:
            assert hall().moderate(moderate(author, action, account)).type.startswith("member.")
        else:
            with pytest.raises(ParlourError):
                hall().moderate(moderate(author, action, account))


@pytest.mark.parametrize("who", ["owner", "mod", "member", "stranger", "muted", "", "banned"])
@pytest.mark.parametrize("private", [False, True])
def test_role_decides_who_joins_and_who_posts(who: str, private: bool) -> None:
    access = hall(private=private)
    known = who in ("owner", "mod", "member", "muted")
    if who == "banned":
        with pytest.raises(NotFound if private else Forbidden):
            access.check_join(who, 0, NOW)
    elif private and not known:
        with pytest.raises(NotFound):
            access.check_post(who, 0, NOW)
    elif who == "":
        assert access.check_join(who, 0, NOW) == "guest"
        with pytest.raises(Unauthorized):
            access.check_post(who, 0, NOW)
    elif who == "muted":
        assert access.check_join(who, 0, NOW) == "muted"
        with pytest.raises(Forbidden):
            access.check_post(who, 0, NOW)
    else:
        assert access.check_post(who, 0, NOW) in ("owner", "moderator", "member")


def test_mute_and_a_ban_end_by_themselves() -> None:
    access = Access("owner")
    fold(access, moderate("owner", "mute", "a", until=NOW + 10))
    fold(access, moderate("owner", "ban", "b", until=NOW + 10))
    assert (access.role("a", NOW), access.role("a", NOW + 10)) == ("muted", "member")
    assert (access.admits("b", NOW), access.admits("b", NOW + 10)) == (False, True)


def test_mute_and_ban_are_undone_once() -> None:
    access = hall()
    fold(access, moderate("owner", "unban", "banned"))
    assert access.admits("banned", NOW)
    with pytest.raises(Illegal):
        access.moderate(moderate("owner", "unban", "banned"))


def test_role_as_high_as_one_s_own_cannot_be_given() -> None:
    with pytest.raises(Forbidden):
        hall().moderate(moderate("mod", "role", "member", role="moderator"))
    with pytest.raises(Invalid):
        hall().moderate(moderate("owner", "role", "member", role="owner"))
    assert hall().moderate(moderate("owner", "role", "member", role="moderator")).type == "member.role"


def test_ban_takes_a_role_away_and_unban_does_not_give_it_back() -> None:
    access = hall(private=True)
    fold(access, moderate("owner", "ban", "mod"))
    fold(access, moderate("owner", "unban", "mod"))
    assert access.role("mod", NOW) is None


def test_server_moderator_stands_above_every_owner() -> None:
    access = hall(private=True)
    assert access.check_join("operator", 3, NOW) == "moderator"
    assert (
        access.moderate(Moderate(author="operator", rank=3, at=NOW, action="ban", account="owner")).type
        == "member.banned"
    )
    access.check_owner("operator", 3, NOW)
    with pytest.raises(Forbidden):
        access.check_owner("mod", 0, NOW)


@pytest.mark.parametrize(
    ("author", "rank", "other", "allowed"),
    [
        ("owner", 0, 1, True),
        ("owner", 0, 2, False),
        ("owner", 0, 4, False),
        ("stranger", 2, 2, False),
        ("stranger", 2, 4, False),
        ("stranger", 4, 2, True),
    ],
)
def test_server_roles_stand_above_every_room_role_in_their_own_order(
    author: str, rank: int, other: int, allowed: bool
) -> None:
    for action in ("mute", "ban", "kick"):
        command = moderate(author, action, "member", rank=rank, account_rank=other)
        if allowed:
            assert hall().moderate(command).type.startswith("member.")
        else:
            with pytest.raises(Forbidden):
                hall().moderate(command)


def test_account_put_out_stays_so_until_it_gets_a_role() -> None:
    access = hall(private=True)
    fold(access, moderate("owner", "kick", "member"))
    fold(access, moderate("owner", "ban", "mod"))
    fold(access, moderate("owner", "unban", "mod"))
    assert access.put_out == {"member", "mod"}
    fold(access, moderate("owner", "role", "member", role="member"))
    assert access.put_out == {"mod"}


def test_snapshot_restores_every_right() -> None:
    access = hall(private=True)
    fold(access, moderate("owner", "kick", "member"))
    assert Access.restored(access.snapshot()) == access


def test_unknown_action_and_a_missing_account_are_invalid() -> None:
    for command in (moderate("owner", "promote", "member"), moderate("owner", "ban", "")):
        with pytest.raises(Invalid):
            hall().moderate(command)


@pytest.mark.parametrize(("action", "kept"), [("mute", "muted"), ("ban", "banned"), ("kick", "put_out")])
def test_list_of_a_room_is_full_until_somebody_leaves_it(action: str, kept: str) -> None:
    access = Access("owner")
    for number in range(MAX_LISTED):
        fold(access, moderate("owner", action, f"bot {number}"))
    with pytest.raises(Illegal) as refused:
        access.moderate(moderate("owner", action, "one more"))
    assert (refused.value.reason, refused.value.retryable) == ("too_many", False)
    fold(access, moderate("owner", action, "bot 1"))
    assert len(getattr(access, kept)) == MAX_LISTED
    undo = {"mute": ("unmute", None), "ban": ("unban", None), "kick": ("role", "member")}[action]
    fold(access, moderate("owner", undo[0], "bot 1", role=undo[1]))
    if action == "ban":
        access.put_out.clear()
    fold(access, moderate("owner", action, "one more"))
    assert len(getattr(access, kept)) <= MAX_LISTED


def test_full_list_makes_place_of_what_has_run_out() -> None:
    access = Access("owner", muted={f"bot {number}": NOW for number in range(MAX_LISTED)})
    fold(access, moderate("owner", "mute", "one more"))
    assert access.muted == {"one more": None}


def test_roles_of_a_room_are_bounded() -> None:
    access = Access("owner", roles={f"friend {number}": "member" for number in range(MAX_ROLES)})
    with pytest.raises(Illegal, match="no place for another account"):
        access.moderate(moderate("owner", "role", "one more", role="member"))
    assert access.moderate(moderate("owner", "role", "friend 1", role="moderator")).type == "member.role"
