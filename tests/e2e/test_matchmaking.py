"""Matchmaking over a real server: from `match:find` to a match that is played."""

from __future__ import annotations

from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, refused
from tests.e2e.stock import heard, until

KIND = "tic-tac-toe"


async def test_two_strangers_find_a_table_and_play(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    asked = {"kind": KIND, "id": fresh("find")}
    ticket = (await done(ann, "match:find", **asked))["ticket"]
    again = await done(ann, "match:find", **asked)
    assert (again["ticket"], again["duplicate"]) == (ticket, True)
    assert await refused(ann, "match:find", kind=KIND, id=fresh("find")) == ("illegal", "already_waiting")
    await done(bea, "match:find", kind=KIND, id=fresh("find"))
    await until(lambda: heard(ann, "match:found") and heard(bea, "match:found"))
    found = [heard(client, "match:found")[-1] for client in (ann, bea)]
    room = found[0]["room"]
    assert (found[0]["ticket"], found[1]["room"]) == (ticket, room)
    assert [notice["type"] for notice in heard(ann, "notice", f"queue:{KIND}")] == ["match"]
    joined = [await done(client, "room:join", room=room) for client in (ann, bea)]
    assert [answer["seat"] for answer in joined] == [each["seat"] for each in found]
    assert joined[1]["state"]["status"] == "playing"
    first = await done(ann, "room:history", room=room, limit=1, after=0)
    assert first["entries"][0]["body"]["match"]["queue"] == f"queue:{KIND}"
    line = await done(ann, "room:join", room=f"queue:{KIND}")
    assert [entry["type"] for entry in line["entries"]][-3:] == ["match.sought", "match.sought", "match.made"]
    assert line["state"]["tables"] >= 1


async def test_line_is_read_by_all_and_written_by_nobody(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    assert (await done(guest, "room:join", room="queue:chess"))["room"]["kind"] == "queue"
    body = {"room": "queue:chess", "id": fresh("post"), "type": "chat.message", "body": {"text": "gm"}}
    assert await refused(ann, "room:post", **body) == ("forbidden", "rules")
    assert await refused(ann, "room:create", kind="queue", id=fresh(), options={"kind": KIND}) == (
        "forbidden",
        "reserved",
    )
    assert (await refused(ann, "room:join", room="queue:chat"))[0] == "not_found"
    assert (await refused(guest, "match:find", kind=KIND, id=fresh("find")))[0] == "unauthorized"
    assert await refused(ann, "match:cancel", ticket="forged") == ("not_found", "ticket")
    assert (await refused(ann, "match:find", kind=KIND))[0] == "invalid"
    assert (await refused(ann, "match:find", kind=KIND, id=fresh("find"), rating={"wihtin": 5}))[0] == "invalid"
