"""Who may do what in rooms with reserved ids: every prefix, every act, every rank."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from parlour.core.canonical_json import canonical
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.log.hash_chain import ZERO_HASH, seal
from parlour.core.room import Close, Command, Configure, Draft, Join, Moderate, Post, Watch
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.reserved import RESERVED, Reserved, reserved_of
from parlour.errors import Forbidden, NoSuchRoom, ParlourError

ANN, BOB, EVE = "0xAnn", "0xBob", "0xEve"
PEOPLE = {
    "": Command(),
    "ann": Command(ANN),
    "bob": Command(BOB),
    "eve": Command(EVE),
    "moderator": Command(EVE, SERVER_ROLES["moderator"]),
    "operator": Command(EVE, SERVER_ROLES["operator"]),
    "admin": Command(EVE, SERVER_ROLES["admin"]),
    "key": Command("app:key", SERVER_ROLES["moderator"]),
}
"""Ann has a role in the room (in a wallet's room she owns it), Bob has one too, Eve has none."""
ACTS: dict[str, Any] = {
    "join": lambda who: Join(who.author, who.rank),
    "message": lambda who: Post(who.author, who.rank, id="1", type="chat.message", body={"text": "gm"}),
    "note": lambda who: Post(who.author, who.rank, id="1", type="app.note", body={}),
    "configure": lambda who: Configure(who.author, who.rank, options={"a": 1}),
    "publish": lambda who: Configure(who.author, who.rank, visibility="public"),
    "close": lambda who: Close(who.author, who.rank),
    "mute": lambda who: Moderate(who.author, who.rank, account=BOB, action="mute"),
    "watch": lambda who: Watch(who.author, who.rank, watch={"id": "w"}),
}
NOW = 1_800_000_000_000


def room_of(reserved: Reserved, owner: str = "") -> Hall:
    """A room of this prefix as the server made it, with Ann and Bob in it."""
    room = type("Room", (Hall,), {"kind": reserved.kind})(f"{reserved.prefix.upper()}0xann")
    owner = owner or (ANN if reserved.managed_by == "owner" else "")
    visibility = "private" if reserved.sealed else "public"
    drafts = [room.created(owner, "", visibility, {}, False)]
    drafts += [Draft("member.role", {"account": each, "role": "member", "by": ""}) for each in (ANN, BOB)]
    for seq, draft in enumerate(drafts, 1):
        room.apply(seal(draft, (room.room, "e", seq, NOW, ZERO_HASH), b"\0" * 16, canonical(draft.body)))
    return room


def answer(room: Hall, command: Command) -> str:
    command.at, command.seq = NOW, 9
    try:
        room.handle(command)
        return "yes"
    except ParlourError as error:
        return f"{error.code}/{error.reason}" if error.reason else error.code


def expected(reserved: Reserved, act: str, who: str) -> str:
    """What protocol §3 "Rooms" says, written a second time and plainly."""
    operator = who in ("operator", "admin")
    if reserved.prefix in ("dm:", "wallet:") and who not in ("ann", "bob"):
        return "not_found"
    if act == "join":
        return "yes"
    if act in ("message", "note"):
        if not who:
            return "unauthorized"
        if reserved.prefix in ("dm:", "market:") or (reserved.prefix == "wallet:" and act == "note"):
            return "yes"
        return "forbidden/rules"
    if reserved.prefix == "wallet:" and who == "ann" and act == "configure":
        return "yes"
    if not who and act != "mute":
        return "unauthorized"
    return "yes" if operator and reserved.prefix not in ("dm:", "wallet:") else "forbidden/role"


@pytest.mark.parametrize(("reserved", "act"), list(product(RESERVED, ACTS)), ids=lambda value: str(value)[:40])
def test_reserved_room_when_asked_anything_answers_by_its_table(reserved: Reserved, act: str) -> None:
    answers = {who: answer(room_of(reserved), ACTS[act](command)) for who, command in PEOPLE.items()}
    assert answers == {who: expected(reserved, act, who) for who in PEOPLE}


@pytest.mark.parametrize("reserved", RESERVED, ids=lambda each: each.prefix)
def test_reserved_room_when_restored_keeps_its_rules(reserved: Reserved) -> None:
    before = room_of(reserved)
    after = type(before)(before.room)
    after.restore(before.snapshot())
    assert (after.reserved, after.access) == (before.reserved, before.access)
    assert after.reserved is reserved


@pytest.mark.parametrize("reserved", RESERVED, ids=lambda each: each.prefix)
def test_old_room_under_a_reserved_id_stays_what_it_was(reserved: Reserved) -> None:
    room = room_of(reserved, owner=BOB)
    assert room.reserved is None
    assert answer(room, ACTS["message"](PEOPLE["ann"])) == "yes"
    assert [answer(room, ACTS[act](PEOPLE["bob"])) for act in ("configure", "publish", "close")] == ["yes"] * 3
    assert answer(room, ACTS["join"](PEOPLE["moderator"])) == "yes"


@pytest.mark.parametrize("reserved", RESERVED, ids=lambda each: each.prefix)
def test_signal_of_a_client_is_refused_where_it_writes_nothing(reserved: Reserved) -> None:
    room = room_of(reserved)
    if reserved.writes is None:
        room.check_signal("typing")
    else:
        with pytest.raises(Forbidden) as refused:
            room.check_signal("typing")
        assert refused.value.reason == "rules"


@pytest.mark.parametrize("reserved", RESERVED, ids=lambda each: each.prefix)
def test_invitation_to_a_reserved_room_is_for_operators_at_most(reserved: Reserved) -> None:
    room = room_of(reserved)
    may = [who for who, each in PEOPLE.items() if room.may_manage(each.author, each.rank, NOW)]
    assert may == (["operator", "admin"] if reserved.managed_by == "operators" else [])


def test_server_role_reads_along_in_no_sealed_room() -> None:
    for reserved in RESERVED:
        room = room_of(reserved)
        for rank in SERVER_ROLES.values():
            if reserved.sealed:
                with pytest.raises(NoSuchRoom):
                    room.may_read(EVE, rank, NOW)
            else:
                room.may_read(EVE, rank, NOW)


def test_reserved_prefix_is_found_in_any_case() -> None:
    found = reserved_of("Wallet:0xANN", ANN)
    assert found is not None
    assert found.prefix == "wallet:"
    assert [reserved_of(room, ANN) for room in ("walletx", "wallet:0xBob")] == [None, None]
