"""Signed posts: the digest against vectors of another implementation, and what the room makes of a proof."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parlour.core.games.room import GameRoom
from parlour.core.identity import secp256k1
from parlour.core.log.signed_posts import check_signature, digest_of
from parlour.core.room import DelegatedKey, Join, Post, Proof, Seen
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError
from parlour.games.tic_tac_toe import TicTacToe
from tests.core.rooms.test_hall import NOW, Kept
from tests.signing import high_s

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "log" / "signed.json").read_text())["posts"]
ALICE, KEY = "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D"
SIG = "0x" + "11" * 64 + "1b"
LIVE = DelegatedKey(KEY, None, NOW - 1000, NOW + 1000)
SEEN = Seen(1, bytes(32))


def post_of(vector: dict[str, Any]) -> Post:
    body = bytes.fromhex(vector["bodyHex"][2:]) if "bodyHex" in vector else vector["body"]
    seen = vector["seen"] and Seen(vector["seen"]["seq"], bytes.fromhex(vector["seen"]["hash"][2:]))
    return Post(id=vector["id"], type=vector["type"], body=body, salt=bytes.fromhex(vector["salt"][2:]), seen=seen)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_every_vector_is_signed_as_published(vector: dict[str, Any]) -> None:
    digest = digest_of(post_of(vector), vector["room"], vector["epoch"])
    assert "0x" + digest.hex() == vector["digest"]
    recovered = secp256k1.recover(digest, bytes.fromhex(check_signature(vector["sig"])[2:]))
    assert recovered is not None
    assert recovered.address == vector["signer"]


@pytest.mark.parametrize(
    "changes",
    [
        {"room": "Table-1"},
        {"epoch": "k3v9q1xw7r2m5t8b"},
        {"id": "m-8"},
        {"type": "app.action"},
        {"body": {"action": "place", "args": {"cell": 5}}},
        {"salt": bytes(16)},
        {"seen": Seen(12, b"\xab" * 32)},
        {"seen": Seen(11, b"\xac" * 32)},
        {"seen": None},
    ],
    ids=str,
)
def test_digest_differs_where_any_part_differs(changes: dict[str, Any]) -> None:
    vector = VECTORS[1]
    place = {key: changes.pop(key, vector[key]) for key in ("room", "epoch")}
    digest = digest_of(replace(post_of(vector), **changes), **place)
    assert "0x" + digest.hex() != vector["digest"]


def test_signature_is_65_bytes_with_a_low_s() -> None:
    good = VECTORS[0]["sig"]
    assert check_signature("0x" + good[2:].upper()) == good
    for bad in (good[:-2], good + "00", good[2:], good[:-2] + "1d", "0x" + "zz" * 65, "", high_s(good)):
        with pytest.raises(ParlourError) as refusal:
            check_signature(bad)
        assert (refusal.value.code, refusal.value.details) == ("invalid", {"path": "sig"})


# ── what the room makes of it ────────────────────────────────────────────────────────────────────────────────────


def hall(kind: type[Hall] = Hall, **settings: Any) -> Kept:
    return Kept(kind, **{"signed": True, **settings})


def said(proof: Proof | None = None, **changes: Any) -> Post:
    post = Post(author=ALICE, id="a", type="chat.message", body={"text": "gm"}, sig=SIG, salt=bytes(16), proof=proof)
    return replace(post, **changes)


def outcome(room: Kept, post: Post) -> tuple[str, str | None] | str:
    try:
        room.handle(post)
    except ParlourError as refusal:
        return refusal.code, refusal.reason
    return room.log[-1].type


def test_accounts_own_signature_holds_and_the_entry_keeps_it() -> None:
    room = hall()
    assert outcome(room, said(Proof(ALICE), seen=SEEN)) == "chat.message"
    assert (room.log[-1].sig, room.log[-1].salt, room.log[-1].seen) == (SIG, bytes(16), SEEN)


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        (said(sig=None), ("invalid", "unsigned")),
        (said(None), ("forbidden", "signature")),
        (said(Proof(None)), ("forbidden", "signature")),
        (said(Proof(KEY)), ("forbidden", "signature")),
        (said(Proof(KEY, [replace(LIVE, address=ALICE)])), ("forbidden", "signature")),
        (said(Proof(KEY, [replace(LIVE, until=NOW)])), ("forbidden", "signature")),
        (said(Proof(KEY, [replace(LIVE, since=NOW + 1)])), ("forbidden", "signature")),
        (said(Proof(KEY, [replace(LIVE, room="elsewhere")])), ("forbidden", "scope")),
        (said(Proof(KEY, [LIVE], seen_holds=False)), ("conflict", "seen")),
        (said(Proof(ALICE, seen_holds=False)), ("conflict", "seen")),
        (said(Proof(KEY, [LIVE])), "chat.message"),
        (said(Proof(KEY, [replace(LIVE, room="HALL")])), "chat.message"),
        (said(Proof(KEY, [replace(LIVE, room="elsewhere"), LIVE])), "chat.message"),
    ],
    ids=str,
)
def test_signed_post_with_one_fault_is_refused_with_its_reason(post: Post, expected: object) -> None:
    assert outcome(hall(), post) == expected


def test_signature_given_where_none_is_needed_is_checked() -> None:
    assert outcome(hall(signed=False), said(Proof(KEY))) == ("forbidden", "signature")
    assert outcome(hall(signed=False), said(sig=None)) == "chat.message"


def test_rights_are_checked_before_the_signature() -> None:
    room = hall(visibility="private")
    assert outcome(room, said(sig=None)) == ("not_found", None)
    assert outcome(room, said(Proof(KEY))) == ("not_found", None)


# ── games ────────────────────────────────────────────────────────────────────────────────────────────────────────


def table(**options: Any) -> Kept:
    kind = GameRoom.of(TicTacToe)
    room = hall(kind, options=kind.check_options(options))
    for account in (ALICE, "bob"):
        room.handle(Join(author=account))
    return room


def placed(proof: Proof, **changes: Any) -> Post:
    body = {"action": "place", "args": {"cell": 4}}
    return said(proof, **{"type": "game.action", "body": body, "seen": SEEN, **changes})


def test_signed_action_names_the_head_it_was_decided_on() -> None:
    room = table()
    assert outcome(room, placed(Proof(ALICE), seen=None)) == ("invalid", "unseen")
    assert outcome(room, placed(Proof(ALICE), seen=Seen(0, bytes(32)))) == ("invalid", "unseen")
    assert outcome(room, placed(Proof(KEY, [LIVE]))) == "game.action"


def test_session_key_for_all_rooms_is_refused_where_a_stake_is_held() -> None:
    stake = {"stake": {"chain": 1, "address": ALICE}}
    for key, expected in [
        (LIVE, ("forbidden", "scope")),
        (replace(LIVE, room="other"), ("forbidden", "scope")),
        (replace(LIVE, room="hall"), ("illegal", "not_staked")),
    ]:
        assert outcome(table(**stake), placed(Proof(KEY, [key]))) == expected
    assert outcome(table(**stake), placed(Proof(ALICE))) == ("illegal", "not_staked")
