"""docs/protocol.md section 6: signed posts, by stock clients that sign with another library than the server."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import ZERO_HASH, first_break
from parlour.core.proof.authors import Authors, check_authors, read_delegation, read_seen
from parlour.core.room import Entry
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import ConnectionLost, connect
from tests.e2e.kit import done, fresh, made, refusal, refused
from tests.e2e.stock import PythonClient, Stock, http_json
from tests.forked import parlour
from tests.signing import Signable, high_s, key

FORBIDDEN = ("forbidden", "signature")


@dataclass
class Hand:
    """Somebody who signs: a wallet, its session, and perhaps a session key."""

    client: PythonClient
    name: str
    token: str
    key: Any

    @property
    def address(self) -> str:
        return str(wallet(self.name).address)


@pytest.fixture
async def hand(server: ServerProcess) -> Any:
    """`await hand("ann")`: connected with a session key; `key=None` without one, `room=` for one room alone."""
    clients: list[PythonClient] = []
    async with aiohttp.ClientSession() as http:

        async def one(name: str, *, room: str | None = None, key_name: str | None = "") -> Hand:
            signer = None if key_name is None else key(key_name or f"{name} {fresh()}")
            address = signer and signer.address
            session = await sign_in(http, server.url, wallet(name), session_key=address, room=room)
            client = PythonClient(["websocket"])
            await client.connect(server.url, session["token"])
            clients.append(client)
            return Hand(client, name, session["token"], signer)

        yield one
        for client in clients:
            await client.close()


async def place(client: Stock, room: str) -> tuple[str, tuple[int, str]]:
    """The epoch and the head, as a client learns them by joining."""
    joined = await done(client, "room:join", room=room)
    return joined["epoch"], (joined["head"], joined["hash"])


async def signable(client: Stock, room: str, type_: str = "chat.message", body: Any = None, **more: Any) -> Signable:
    epoch, seen = await place(client, room)
    return Signable(
        room, epoch, fresh("post"), type_, {"text": "gm"} if body is None else body, **{"seen": seen, **more}
    )


async def transcript(server: ServerProcess, room: str) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/rooms/{room}/transcript") as answer:
        assert answer.status == 200
        return [json.loads(line) for line in (await answer.text()).splitlines()]


def entry_of(told: dict[str, Any]) -> Entry:
    body = b64decode(told["body"]["b64"]) if told["type"] == "doc.update" else told["body"]
    seen = told.get("seen")
    return Entry(
        told["room"], told["epoch"], told["seq"], told["id"], told["type"], told["author"], told["at"],
        body, None if body is None else canonical(body), bytes.fromhex(told["bodyHash"][2:]),
        bytes.fromhex(told["hash"][2:]), bytes.fromhex(told["salt"][2:]) if "salt" in told else None,
        told.get("sig"), seen=read_seen(seen),
    )  # fmt: skip


def judged(lines: list[dict[str, Any]], **facts: Any) -> Authors:
    entries = [entry_of(line["entry"]) for line in lines if "entry" in line]
    assert first_break(entries, ZERO_HASH) is None
    given = [read_delegation(line["delegation"]) for line in lines if "delegation" in line]
    return check_authors(entries, given, signed=True, **facts)


# ── what stands ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_wallet_and_its_session_key_sign_and_the_transcript_proves_both(server: ServerProcess, hand: Any) -> None:
    ann = await hand("ann")
    room = await made(ann.client, signed=True)
    by_wallet = await signable(ann.client, room)
    first = await done(ann.client, "room:post", **by_wallet.request(wallet("ann")))
    by_key = await signable(ann.client, room, "app.note", {"n": 1e21}, salt=b"\x01" * 16)
    second = await done(ann.client, "room:post", **by_key.request(ann.key))
    history = await done(ann.client, "room:history", room=room, proof=True)
    told = {entry["seq"]: entry for entry in history["entries"]}
    assert told[first["seq"]]["sig"] == by_wallet.sign(wallet("ann"))
    assert told[second["seq"]]["seen"] == {"seq": by_key.seen[0], "hash": by_key.seen[1]}
    assert told[second["seq"]]["salt"] == "0x" + "01" * 16
    lines = await transcript(server, room)
    assert [line["delegation"]["sessionKey"] for line in lines if "delegation" in line] == [ann.key.address]
    found = judged(lines)
    assert (found.checked, found.faults, found.needs_rpc) == (2, [], [])


async def test_edits_of_a_signed_document_are_signed_over_their_bytes(server: ServerProcess, hand: Any) -> None:
    ann = await hand("ann")
    room = await made(ann.client, "document", signed=True)
    first, second = (b"\x01\x01\x07" + bytes((n,)) + b"\x04\x01\x01t\x01x\x00" for n in range(2))
    signed = await signable(ann.client, room, "doc.update", first)
    await done(ann.client, "room:post", **signed.request(ann.key))
    again = await signable(ann.client, room, "doc.update", second)
    assert await refused(ann.client, "room:post", **again.request(ann.key, sig=signed.sign(ann.key))) == FORBIDDEN
    bare = again.request(ann.key, sig=None, salt=None, seen=None)
    assert await refused(ann.client, "room:post", **bare) == ("invalid", "unsigned")
    await done(ann.client, "room:post", **again.request(ann.key))
    async with connect(server.url, wallet("ann"), session_key=room) as parlour, parlour.join(room) as joined:
        document = await joined.document()
        document.text("t").append("y")
        await document.flush()
    found = judged(await transcript(server, room))
    assert (found.checked, found.faults) == (3, [])


async def test_signature_in_an_ordinary_room_is_checked_and_kept(hand: Any) -> None:
    ann = await hand("ann")
    room = await made(ann.client)
    post = await signable(ann.client, room, seen=None)
    assert (await refused(ann.client, "room:post", **post.request(key("nobody")))) == ("forbidden", "signature")
    await done(ann.client, "room:post", **post.request(ann.key))
    last = (await done(ann.client, "room:history", room=room))["entries"][-1]
    assert (last["sig"], "seen" in last) == (post.sign(ann.key), False)


async def test_retry_is_answered_first_whatever_its_signature(hand: Any) -> None:
    ann = await hand("ann")
    room = await made(ann.client, signed=True)
    post = await signable(ann.client, room)
    stored = await done(ann.client, "room:post", **post.request(ann.key))
    again = await done(ann.client, "room:post", **post.request(ann.key))
    assert again == {**stored, "duplicate": True}
    unsigned = {"room": room, "id": post.id, "type": post.type, "body": post.body}
    assert (await done(ann.client, "room:post", **unsigned))["duplicate"] is True
    other = await ann.client.ask("room:post", post.but(body={"text": "other"}).request(ann.key))
    assert refusal(other) == ("conflict", None)


async def test_signed_match_is_played_by_stock_clients_and_verifies_offline(server: ServerProcess, hand: Any) -> None:
    ann, ben = await hand("ann"), await hand("ben")
    room = await made(ann.client, "tic-tac-toe", signed=True)
    for player in (ann, ben):
        await done(player.client, "room:join", room=room, **{"as": "player"})
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        player = (ann, ben)[number % 2]
        action = {"action": "place", "args": {"cell": cell}}
        move = await signable(player.client, room, "game.action", action)
        unseen = move.but(seen=None)
        assert await refused(player.client, "room:post", **unseen.request(player.key)) == ("invalid", "unseen")
        await done(player.client, "room:post", **move.request(player.key))
    lines = await transcript(server, room)
    ended = next(line["entry"] for line in lines if line.get("entry", {}).get("type") == "game.ended")
    assert ended["body"]["result"]["account"] == ann.address
    found = judged(lines)
    assert (found.checked, found.faults) == (5, [])
    cheat = next(line["entry"] for line in lines if line.get("entry", {}).get("type") == "game.action")
    cheat["author"] = ben.address
    forged = [entry_of(line["entry"]) for line in lines if "entry" in line]
    given = [read_delegation(line["delegation"]) for line in lines if "delegation" in line]
    assert [fault.problem for fault in check_authors(forged, given, signed=True).faults] == ["signature"]


async def test_inputs_of_a_ticking_game_keep_their_signatures(server: ServerProcess, hand: Any) -> None:
    ann, ben = await hand("ann"), await hand("ben")
    room = await made(ann.client, "arena", signed=True)
    for player in (ann, ben):
        await done(player.client, "room:join", room=room, **{"as": "player"})
    start = await signable(ann.client, room, "game.action", {"action": "start"})
    await ann.client.ask("room:post", start.request(ann.key))
    steer = await signable(ann.client, room, "game.action", {"action": "steer", "args": {"dx": 1, "dy": 0}})
    assert await refused(ann.client, "room:post", **steer.request(ann.key, sig=None)) == ("invalid", "unsigned")
    await done(ann.client, "room:post", **steer.request(ann.key))
    await done(ann.client, "room:close", room=room)
    lines = await transcript(server, room)
    given = [one for line in lines for one in (line.get("entry", {}).get("body") or {}).get("inputs", ())]
    assert [one["signed"]["sig"] for one in given] == [steer.sign(ann.key)]
    found = judged(lines)
    assert (found.checked >= 1, found.faults) == (True, [])
    given[0]["args"]["dx"] = -1
    forged = [entry_of(line["entry"]) for line in lines if "entry" in line]
    delegations = [read_delegation(line["delegation"]) for line in lines if "delegation" in line]
    assert [fault.problem for fault in check_authors(forged, delegations, signed=True).faults] == ["invalid"]


async def test_python_client_signs_what_a_signed_room_asks_for(server: ServerProcess, hand: Any) -> None:
    """One with a session key for this room alone, one with its wallet; both come back after a lost connection."""
    ann = await hand("ann", key_name=None)
    room = await made(ann.client, "tic-tac-toe", signed=True)
    by_key = connect(server.url, wallet("cat"), session_key=room)
    by_wallet = connect(server.url, wallet("dan"))
    async with by_key as cat, by_wallet as dan, cat.join(room) as cats, dan.join(room) as dans:
        assert (cats.signed, cats.seat, dans.seat) == (True, 0, 1)
        for number, cell in enumerate((0, 3, 1, 4)):
            await (cats, dans)[number % 2].act("place", cell=cell)
        with pytest.raises(ConnectionLost):
            await cats.signal("huge", "x" * 300_000)  # above 256 kB the server closes the WebSocket
        await cats.say("I am back.")
        await cats.act("place", cell=2)
        signers = (cat.signer, dan.signer)
    lines = await transcript(server, room)
    told = [line["delegation"] for line in lines if "delegation" in line]
    assert [(d["account"], d["sessionKey"]) for d in told] == [(wallet("cat").address, signers[0].address)]
    assert f"?room={room}" in told[0]["message"]
    assert signers[1].address == wallet("dan").address
    found = judged(lines, staked=True)
    assert (found.checked, found.faults) == (6, [])


@pytest.mark.long
async def test_signed_post_verifies_after_a_restore_and_is_not_accepted_twice(tmp_path: Path) -> None:
    backup = tmp_path / "parlour.backup"
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server, aiohttp.ClientSession() as http:

        async def visit(**posts: Signable | None) -> Signable:
            """Post what was signed for an earlier log, if anything, and then something of today's."""
            token = (await sign_in(http, server.url, wallet("ann"), session_key=key("k").address))["token"]
            async with PythonClient(["websocket"]) as ann:
                await ann.connect(server.url, token)
                await ann.ask("room:create", {"kind": "chat", "id": "hall", "signed": True})
                for post in filter(None, posts.values()):
                    late = post.but(id="late")
                    assert refusal(await ann.ask("room:post", late.request(key("k")))) == FORBIDDEN
                today = await signable(ann, "hall")
                await done(ann, "room:post", **today.request(key("k")))
                return today

        before = await visit()
        for command in ("backup", "restore"):
            if command == "restore":
                await server.stop()
                for file in server.folder.glob("parlour.db*"):
                    file.unlink()
            code, *_ = await parlour(command, str(backup), "--database-url", server.database_url)
            assert code == 0
        await server.start()
        after = await visit(before=before)
        assert after.epoch != before.epoch
        found = judged(await transcript(server, "hall"))
        assert (found.checked, found.faults) == (2, [])


# ── one wrong thing at a time ────────────────────────────────────────────────────────────────────────────────────────

Spoil = Callable[[Any, Any], dict[str, Any]]
WRONG: dict[str, tuple[Spoil, tuple[str, str | None]]] = {
    "signed for another room": (lambda p, k: p.request(k, sig=p.but(room="elsewhere").sign(k)), FORBIDDEN),
    "the room's id in another case": (lambda p, k: p.request(k, sig=p.but(room=p.room.upper()).sign(k)), FORBIDDEN),
    "another id": (lambda p, k: p.request(k, sig=p.but(id="other").sign(k)), FORBIDDEN),
    "another type": (lambda p, k: p.request(k, sig=p.but(type="app.note").sign(k)), FORBIDDEN),
    "another body": (lambda p, k: p.request(k, body={"text": "I owe you 1000"}), FORBIDDEN),
    "another salt": (lambda p, k: p.request(k, salt="0x" + "08" * 16), FORBIDDEN),
    "another epoch": (lambda p, k: p.request(k, sig=p.but(epoch="0" * 16).sign(k)), FORBIDDEN),
    "another head than the one sent": (lambda p, k: p.request(k, sig=p.but(seen=None).sign(k)), FORBIDDEN),
    "a head that was signed and not sent": (lambda p, k: p.request(k, seen=None), FORBIDDEN),
    "a head beyond the log": (lambda p, k: p.but(seen=(999, p.seen[1])).request(k), ("conflict", "seen")),
    "another hash there": (lambda p, k: p.but(seen=(p.seen[0], "0x" + "22" * 32)).request(k), ("conflict", "seen")),
    "a hash before the first entry": (lambda p, k: p.but(seen=(0, "0x" + "22" * 32)).request(k), ("conflict", "seen")),
    "somebody else's key": (lambda p, k: p.request(key("nobody")), FORBIDDEN),
    "somebody else's wallet": (lambda p, k: p.request(wallet("ben")), FORBIDDEN),
    "a high s": (lambda p, k: p.request(k, sig=high_s(p.sign(k))), ("invalid", None)),
    "no signature": (lambda p, k: p.request(k, sig=None), ("invalid", "unsigned")),
    "no salt": (lambda p, k: p.request(k, salt=None), ("invalid", None)),
    "a short salt": (lambda p, k: p.request(k, salt="0x07"), ("invalid", None)),
    "EIP-2098's 64 bytes": (lambda p, k: p.request(k, sig=p.sign(k)[:-2]), ("invalid", None)),
    "66 bytes": (lambda p, k: p.request(k, sig=p.sign(k) + "00"), ("invalid", None)),
    "no hexadecimal": (lambda p, k: p.request(k, sig="0x" + "g" * 130), ("invalid", None)),
    "a v of 29": (lambda p, k: p.request(k, sig=p.sign(k)[:-2] + "1d"), ("invalid", None)),
    "zeros": (lambda p, k: p.request(k, sig="0x" + "00" * 64 + "1b"), FORBIDDEN),
    "a number": (lambda p, k: p.request(k, sig=1), ("invalid", None)),
    "a seen of text": (lambda p, k: p.request(k, seen="1"), ("invalid", None)),
    "a seen without its hash": (lambda p, k: p.request(k, seen={"seq": 1}), ("invalid", None)),
}  # fmt: skip


async def test_request_with_one_wrong_field_is_refused_and_the_right_one_accepted(hand: Any) -> None:
    ann = await hand("ann")
    room = await made(ann.client, signed=True)
    post = await signable(ann.client, room)
    for name, (spoil, expected) in WRONG.items():
        assert refusal(await ann.client.ask("room:post", spoil(post, ann.key))) == expected, name
    head = (await done(ann.client, "room:join", room=room))["head"]
    await done(ann.client, "room:post", **post.request(ann.key))
    assert (await done(ann.client, "room:join", room=room))["head"] == head + 1


async def test_key_for_one_room_signs_there_and_nowhere_else(hand: Any) -> None:
    here = fresh()
    ann = await hand("ann", room=here)
    for room, expected in ((here.upper(), None), (fresh(), ("forbidden", "scope"))):
        await made(ann.client, id=room, signed=True)
        post = await signable(ann.client, room)
        answer = await ann.client.ask("room:post", post.request(ann.key))
        assert (answer["ok"] if expected is None else refusal(answer)) == (expected or True)
    assert (await done(ann.client, "room:post", **(post).request(wallet("ann"))))["seq"] > 1


async def test_another_account_s_key_signs_nothing_here(hand: Any) -> None:
    ann, ben = await hand("ann"), await hand("ben")
    room = await made(ann.client, signed=True)
    post = await signable(ben.client, room)
    assert refusal(await ben.client.ask("room:post", post.request(ann.key))) == FORBIDDEN
    assert (await ben.client.ask("room:post", post.request(ben.key)))["ok"] is True


async def test_key_is_over_at_once_when_its_session_is_revoked(server: ServerProcess, hand: Any) -> None:
    ann, other = await hand("ann"), await hand("ann", key_name=None)
    room = await made(other.client, signed=True)
    before = await signable(other.client, room)
    assert (await other.client.ask("room:post", before.request(ann.key)))["ok"] is True
    bearer = {"Authorization": f"Bearer {ann.token}"}
    status, _ = await http_json("POST", f"{server.url}/auth/signout", headers=bearer)
    assert status == 204
    after = await signable(other.client, room)
    assert refusal(await other.client.ask("room:post", after.request(ann.key))) == FORBIDDEN
    lines = await transcript(server, room)
    delegation = next(line["delegation"] for line in lines if "delegation" in line)
    assert delegation["from"] < delegation["revokedAt"] < delegation["until"]
    found = judged(lines)
    assert (found.checked, found.faults) == (1, [])


async def test_guests_and_strangers_learn_nothing_from_signatures(server: ServerProcess, hand: Any) -> None:
    ann, ben = await hand("ann"), await hand("ben")
    room = await made(ann.client, signed=True, visibility="private")
    epoch, seen = await place(ann.client, room)
    post = Signable(room, epoch, "x", "chat.message", {"text": "gm"}, seen)
    for request in (
        post.request(ben.key),
        post.request(ben.key, sig=None),
        post.but(seen=(9, seen[1])).request(ben.key),
    ):
        assert refusal(await ben.client.ask("room:post", request)) == ("not_found", None)
    async with PythonClient(["websocket"]) as guest:
        await guest.connect(server.url, None)
        assert refusal(await guest.ask("room:post", post.request(ben.key)))[0] == "unauthorized"
