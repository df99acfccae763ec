"""Matchmaking over a real server: from `match:find` to a match that is played."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.games.chess import DailyChess
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, refused
from tests.e2e.stock import PythonClient, heard, http_json, of_type, until

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


async def test_board_is_recomputed_from_transcripts_by_the_command(
    enter: Enter, server: ServerProcess, tmp_path: Path
) -> None:
    ann, bea = await enter("ann board"), await enter("bea board")
    for client in (ann, bea):
        await done(client, "match:find", kind=KIND, id=fresh("find"))
    await until(lambda: heard(ann, "match:found") and heard(bea, "match:found"))
    room = heard(ann, "match:found")[-1]["room"]
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    board = f"board:rating:{KIND}"
    await done(ann, "room:leave", room=room)
    await until(lambda: of_type(bea, room, "game.ended"))
    async with asyncio.timeout(60):
        while (await done(ann, "ratings:of", kind=KIND, accounts=[wallet("ann board").address]))["ratings"][
            wallet("ann board").address
        ]["games"] == 0:
            await asyncio.sleep(0.05)
    paths = {}
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann board")))["token"]
        for name in (board, room):
            url = f"{server.url}/api/rooms/{name}/transcript"
            async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
                paths[name] = tmp_path / f"{len(paths)}.ndjson"
                paths[name].write_bytes(await answer.read())
    words = ["verify", str(paths[board]), "--match", str(paths[room])]
    ran = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert (ran.exit_code, "ok    board: 1 of" in ran.output) == (0, True), ran.output
    forged = paths[board].read_text().replace('"ranks":[0,1]', '"ranks":[1,0]')
    paths[board].write_text(forged)
    assert (await asyncio.to_thread(CliRunner().invoke, cli, words)).exit_code == 1


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


async def test_no_request_of_a_kind_tells_strangers_of_a_private_room(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    assert (await refused(ann, "party:create", kind="chat", size=2, id=fresh("club")))[0] == "invalid"
    rooms = [(await done(ann, "party:create", kind=KIND, size=2, id=fresh("club")))["room"]["id"], "nowhere"]
    for kind in ("chat", "document", KIND):
        made = await done(ann, "room:create", kind=kind, id=fresh("den"), visibility="private")
        rooms.append(made["room"]["id"])
    for room in rooms:
        for event, more in (
            ("party:ready", {"on": True}),
            ("doc:version", {"id": fresh("v"), "title": "x"}),
            ("doc:restore", {"id": fresh("v"), "version": 1}),
            ("match:find", {"kind": KIND, "id": fresh("find"), "party": room}),
        ):
            asked = more if "party" in more else {"room": room, **more}
            assert (await refused(bea, event, **asked))[0] == "not_found", (room, event)


async def test_opponents_of_one_64_are_in_the_queue_of_the_servers_moderators() -> None:
    roles = f'{{"{wallet("sheriff").address}": "moderator"}}'
    env = {"PARLOUR_TRUSTED_PROXIES": "127.0.0.1", "PARLOUR_ROLES": roles}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http, AsyncExitStack() as stack:
        players = []
        for name, address in (("ann", "2a00:1450:4001:80b::1"), ("bea", "2a00:1450:4001:80b::2")):
            token = (await sign_in(http, server.url, wallet(name)))["token"]
            client = await stack.enter_async_context(PythonClient(["websocket"]))
            await client.connect(server.url, token, headers={"X-Forwarded-For": address})
            players.append(client)
        for client in players:
            await done(client, "match:find", kind=KIND, id=fresh("find"))
        await until(lambda: heard(players[0], "match:found"))
        table = heard(players[0], "match:found")[0]["room"]
        headers = {"Authorization": f"Bearer {(await sign_in(http, server.url, wallet('sheriff')))['token']}"}
        async with asyncio.timeout(60):
            while not (
                reports := (await http_json("GET", f"{server.url}/api/admin/reports", headers=headers))[1]["reports"]
            ):
                await asyncio.sleep(0.05)
        [report] = reports
        assert (report["room"], report["seq"], report["reasons"]) == (table, 1, {"other": 1})
        assert report["by"][0]["account"] == ""
        assert all(wallet(name).address in report["by"][0]["note"] for name in ("ann", "bea"))
        assert "2a00" not in str(report)


async def test_daily_chess_is_played_by_people_who_come_and_go_over_a_kill() -> None:
    kind, day = DailyChess.kind, 24 * 3600
    async with ServerProcess(env={"PARLOUR_GAMES": f"{DailyChess.__module__}:{DailyChess.__name__}"}) as server:
        async with entering(server) as enter:
            await done(await enter("ann"), "match:find", kind=kind, id=fresh("find"))
        async with connect(server.url, wallet("bea").key) as bea:
            found = await bea.find_match(kind, timeout=60)
            table = await bea.enter(found.room)
            assert table.state["status"] == "playing"
            assert day - 60 < table.state["deadline"] / 1000 - time.time() <= day
            turn = table.state["turn"]
        names = {wallet(name).address: name for name in ("ann", "bea")}
        seats = {each["seat"]: names[each["account"]] for each in found.players}
        await server.kill9()
        await server.start()
        for uci in ("e2e4", "e7e5", "g1f3", "b8c6"):
            await come_for_a_move(server, seats[turn], found.room, uci)
            turn = 1 - turn
        async with connect(server.url, wallet(seats[turn]).key) as player:
            table = await player.enter(found.room)
            await table.act("resign")
            log, _ = await table.history(after=0, limit=100)
            assert "game.left" not in [entry.type for entry in log]
            assert log[-1].body["result"] == {
                "winner": 1 - turn,
                "account": wallet(seats[1 - turn]).address,
                "reason": "resigned",
            }
            async with asyncio.timeout(60):
                while (await player.ratings(kind, [player.account]))[player.account]["games"] == 0:
                    await asyncio.sleep(0.05)


async def come_for_a_move(server: ServerProcess, name: str, room: str, uci: str) -> None:
    """Connect, hear of one's turn from the notices that were kept, move, and go."""
    async with connect(server.url, wallet(name).key) as player:
        told = (await player.notices()).items
        assert (room, "turn", False) in [(each["room"], each["type"], each["read"]) for each in told]
        table = await player.enter(room)
        assert table.state["turn"] == table.seat
        await table.act("move", uci=uci)
        await player.read_notices(told[0]["id"])
