"""Reports: filed once by whoever may read, seen by moderators, ended in the room or in the server's queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, fresh, made, post, refused, said
from tests.e2e.stock import heard, http_json, until
from tests.e2e.test_protocol_http import mint

SHERIFF = wallet("sheriff").address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_GUESTS": "on", "PARLOUR_ROLES": f'{{"{SHERIFF}": "moderator"}}', "PARLOUR_REPORTS_PER_HOUR": "25"}
    async with ServerProcess(env=env) as server:
        yield server


async def queue(server: ServerProcess, http: aiohttp.ClientSession, name: str = "sheriff") -> tuple[int, Any]:
    token = (await sign_in(http, server.url, wallet(name)))["token"]
    return await http_json("GET", f"{server.url}/api/admin/reports", headers={"Authorization": f"Bearer {token}"})


async def test_moderators_see_counts_and_only_the_servers_see_who(enter: Enter) -> None:
    owner, ann, bob, sheriff = [await enter(name) for name in ("owner", "ann", "bob", "sheriff")]
    room = await made(owner)
    seq = (await said(ann, room, "buy now"))["seq"]
    await done(bob, "room:report", room=room, of=seq, reason="spam", note="again and again")
    await done(bob, "room:report", room=room, of=seq, reason="scam")
    await done(owner, "room:report", room=room, of=seq, reason="scam")
    await until(lambda: heard(owner, "notice", room))
    [notice] = heard(owner, "notice", room)
    assert (notice["type"], notice["seq"], notice["from"]) == ("report", seq, "")
    [report] = (await done(owner, "room:reports", room=room))["reports"]
    assert report.keys() == {"id", "seq", "at", "count", "reasons", "entry"}
    assert (report["seq"], report["count"], report["reasons"]) == (seq, 2, {"spam": 1, "scam": 1})
    [whole] = (await done(sheriff, "room:reports", room=room))["reports"]
    assert {voice["account"] for voice in whole["by"]} == {wallet("bob").address, wallet("owner").address}
    assert "again and again" in str(whole["by"])
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert [entry["type"] for entry in entries] == ["room.created", "chat.message"]


async def test_report_is_dismissed_and_opened_by_the_next(enter: Enter) -> None:
    owner, ann, bob = [await enter(name) for name in ("owner", "ann", "bob")]
    room, other = await made(owner), await made(ann)
    seq = (await said(ann, room, "hm"))["seq"]
    await done(bob, "room:report", room=room, of=seq, reason="other")
    [report] = (await done(owner, "room:reports", room=room))["reports"]
    wrong = {"room": other, "action": "dismiss", "report": report["id"]}
    assert await refused(ann, "room:moderate", **wrong) == ("not_found", None)
    assert await refused(bob, "room:moderate", **{**wrong, "room": room}) == ("forbidden", "role")
    await done(owner, "room:moderate", room=room, action="dismiss", report=report["id"])
    await done(bob, "room:report", room=room, of=seq, reason="other")
    assert (await done(owner, "room:reports", room=room))["reports"] == []
    await done(ann, "room:report", room=room, of=seq, reason="other")
    assert [each["count"] for each in (await done(owner, "room:reports", room=room))["reports"]] == [2]


async def test_only_messages_that_are_there_can_be_reported(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    seq = (await said(ann, room, "gone"))["seq"]
    await done(ann, "room:post", **post(room, "chat.delete", {"of": seq}))
    assert await refused(ann, "room:report", room=room, of=seq, reason="spam") == ("illegal", "deleted")
    for of in (1, 99):
        assert await refused(ann, "room:report", room=room, of=of, reason="spam") == ("not_found", None)
    assert await refused(ann, "room:report", room=room, of=seq, reason="boring") == ("invalid", None)


async def test_servers_queue_shows_what_is_around_and_redacts(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession
) -> None:
    ann = await enter("ann")
    room = await made(ann, visibility="private")
    seqs = [(await said(ann, room, text))["seq"] for text in ("before", "planted insult", "after", "far away")]
    await done(ann, "room:report", room=room, of=seqs[1], reason="abuse")
    status, answer = await queue(server, http)
    [report] = [each for each in answer["reports"] if each["room"] == room]
    assert (status, report["state"]) == (200, "open")
    assert [entry["body"]["text"] for entry in report["around"]] == ["before", "planted insult", "after"]

    token = (await sign_in(http, server.url, wallet("sheriff")))["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{server.url}/api/admin/reports/{report['id']}/resolve"
    for path in ("reason", "id"):
        body = {"action": "redact", "reason": "rude", "id": "r1"}
        del body[path]
        status, answer = await http_json("POST", url, headers=headers, json=body)
        assert (status, answer["error"]["details"]["path"]) == (400, path)
    for _ in range(2):
        body = {"action": "redact", "reason": "rude", "id": "r1"}
        assert await http_json("POST", url, headers=headers, json=body) == (200, {})
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert "planted insult" not in str(entries)
    assert (entries[-1]["type"], entries[-1]["body"]["reason"]) == ("chat.delete", "rude")
    assert not [each for each in (await queue(server, http))[1]["reports"] if each["room"] == room]
    assert "planted insult" not in server.log()


async def test_reports_are_limited(enter: Enter) -> None:
    zoe, ann = await enter("zoe"), await enter("ann")
    room = await made(ann)
    seqs = [(await said(ann, room, str(n)))["seq"] for n in range(26)]
    for seq in seqs[:25]:
        await done(zoe, "room:report", room=room, of=seq, reason="spam")
    assert await refused(zoe, "room:report", room=room, of=seqs[25], reason="spam") == ("rate_limited", None)


# ── rights: path × role ──────────────────────────────────────────────────────────────────────────────────────────────

ROLES = ("guest", "stranger", "member", "muted", "moderator", "owner", "banned", "sheriff")


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_reports_rights_are_those_of_the_room(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, visibility: str
) -> None:
    owner = await enter("owner")
    room = await made(owner, id=fresh("reports"), visibility=visibility)
    for name in ("member", "muted", "moderator"):
        role = "moderator" if name == "moderator" else "member"
        await done(owner, "room:moderate", room=room, account=wallet(name).address, action="role", role=role)
    await done(owner, "room:moderate", room=room, account=wallet("muted").address, action="mute")
    await done(owner, "room:moderate", room=room, account=wallet("banned").address, action="ban")
    seq = (await said(owner, room))["seq"]
    may: dict[str, set[str]] = {"report": set(), "list": set(), "queue": set()}
    for name in ROLES:
        client = await enter(None if name == "guest" else name)
        if (await client.ask("room:report", {"room": room, "of": seq, "reason": "other"}))["ok"]:
            may["report"].add(name)
        if (await client.ask("room:reports", {"room": room}))["ok"]:
            may["list"].add(name)
        if name != "guest" and (await queue(server, http, name))[0] == 200:
            may["queue"].add(name)
    readers = {"member", "muted", "moderator", "owner", "sheriff"} | ({"stranger"} if visibility == "public" else set())
    assert may == {"report": readers, "list": {"moderator", "owner", "sheriff"}, "queue": {"sheriff"}}


async def test_queue_is_read_by_keys_with_its_scope_alone(server: ServerProcess) -> None:
    url = f"{server.url}/api/admin/reports"
    for scope, expected in (("admin:moderate", 200), ("admin:read", 403)):
        key = await mint(server, f"queue-{expected}", scope)
        status, answer = await http_json("GET", url, headers={"Authorization": f"Bearer {key}"})
        assert status == expected
        assert expected == 200 or error_of(answer["error"])[0] == "forbidden"
