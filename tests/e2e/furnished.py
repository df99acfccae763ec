"""A server with one of each thing that a request can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from parlour.games.battleship import LENGTHS
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, fresh, made, posted, said
from tests.e2e.stock import PythonClient

Known = Mapping[str, list[str]]
"""Names of parts of paths and of queries, with values that exist."""


async def furnished(server: ServerProcess, http: aiohttp.ClientSession, token: str) -> Known:
    """Make one of each thing that a request can name."""
    ann, bea, nobody = (wallet(name).address for name in ("ann", "bea", "nobody"))
    async with PythonClient() as first, PythonClient() as second:
        for client, name in ((first, "ann"), (second, "bea")):
            await client.connect(server.url, (await sign_in(http, server.url, wallet(name)))["token"])
        game, document = await made(first, "battleship"), await made(first, "document")
        rooms = [await made(first, title=f"Room {n}") for n in range(3)]
        rooms += [game, document, await made(first, visibility="private")]
        for client in (first, second):
            await done(client, "room:join", room=game)
        ships = [{"cell": 10 * row, "length": length} for row, length in enumerate(LENGTHS)]
        await posted(first, game, "game.action", {"action": "place_fleet", "args": {"ships": ships}})
        await done(second, "room:join", room=rooms[0])
        reported = await said(first, rooms[0], "needle in hay")
        await done(second, "room:report", room=rooms[0], of=reported["seq"], reason="spam")
        rooms.append((await done(first, "dm:open", accounts=[bea]))["room"]["id"])
        await done(first, "room:join", room="board:rating:tic-tac-toe")
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(method: str, path: str, **body: Any) -> Any:
        told = {"reason": "a test", "id": fresh("act"), **body} if method != "GET" else None
        async with http.request(method, server.url + path, json=told, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async with http.post(f"{server.url}/api/rooms/{rooms[0]}/files?name=a.txt", data=b"a", headers=headers) as answer:
        file = (await answer.json())["file"]["hash"]
    await ask("POST", "/api/admin/keys", name="reader", scopes=["rooms:read"])
    return {
        "room": [*rooms, "board:rating:tic-tac-toe", "nowhere"],
        "account": [ann, bea, nobody],
        "as": [ann, bea],
        "by": [wallet("admin").address],
        "hash": [file],
        "report": [each["id"] for each in (await ask("GET", "/api/admin/reports"))["reports"]],
        "hook": [each["name"] for each in (await ask("GET", "/api/admin/webhooks"))["webhooks"]],
        "board": ["rating:tic-tac-toe"],
        "name": ["reader"],
        "seq": ["1", "2", "3"],
        "confirm": [rooms[2]],
    }
