"""Makes the database that a release leaves behind; README.md beside this file says how to run it.

It writes `<release>.db.gz` (SQLite, vacuumed) and `<release>.json`: what the release itself says of each room, and the
secrets that it handed out.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from chain_history import CHAIN, mine_first, node_of
from people import PLAYED, chat, duel, follow, heard, odd_matches, play, say_news

from parlour.testing.server import ServerProcess
from parlour.testing.simchain import SimChain
from parlour.testing.wallets import sign_in, wallet
from parlour_client import Parlour, connect

HERE = Path(__file__).parent
TWENTY_YEARS_HOURS = "175200"
"""Sessions and session keys made here are still live when a test uses them."""


@asynccontextmanager
async def everybody(url: str) -> AsyncIterator[dict[str, Parlour]]:
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(connect(url, wallet(name).key, session_key=name in ("ann", "ben")))
            for name in ("ann", "ben", "cyd", "eve")
        }


async def live(database_url: str) -> dict[str, Any]:
    """Fill the database; answers the secrets that the release handed out, for tests to use again."""
    env = {
        "PARLOUR_GUESTS": "on",
        "PARLOUR_SESSION_HOURS": TWENTY_YEARS_HOURS,
        "PARLOUR_SESSION_KEY_HOURS": TWENTY_YEARS_HOURS,
    }
    for first, last in ((1, 60), (61, 90)):
        async with ServerProcess(database_url, env=env) as server, connect(server.url, wallet("ann").key) as ann:
            await say_news(ann, first, last)
    async with ServerProcess(database_url, env={"PARLOUR_RETAIN_DAYS": "1e-8", "PARLOUR_RETAIN_ENTRIES": "10"}):
        pass
    chain = SimChain(CHAIN)
    mine_first(chain)
    async with node_of(chain) as url:
        chains = [{"chainId": CHAIN, "urls": [url], "pollInterval": 0.1}]
        async with ServerProcess(database_url, chains=chains, env=env) as server:
            kept = await _first_evening(server, chain)
        async with ServerProcess(database_url, chains=chains, env=env) as server:
            await _second_evening(server, kept)
    return kept


async def _first_evening(server: ServerProcess, chain: SimChain) -> dict[str, Any]:
    key = parlour_command("token", "mint", "ci", "--scope", "entries:post", database_url=server.database_url).strip()
    parlour_command("token", "mint", "gone", "--scope", "rooms:read", database_url=server.database_url)
    parlour_command("token", "revoke", "gone", database_url=server.database_url)
    async with aiohttp.ClientSession() as http, everybody(server.url) as people:
        phone = await sign_in(http, server.url, wallet("cyd"))
        lost = await sign_in(http, server.url, wallet("cyd"))
        await http.post(f"{server.url}/auth/signout", headers={"Authorization": f"Bearer {lost['token']}"})
        await chat(people)
        posted = {"id": "deployed", "type": "app.deploy", "body": {"version": 3}}
        headers = {"Authorization": f"Bearer {key}"}
        async with http.post(f"{server.url}/api/rooms/lobby/entries", json=posted, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
        await follow(people["ann"], people["ben"], chain)
        await duel(people["ann"], people["ben"])
        await play(people["ann"], people["ben"])
        async with connect(server.url, wallet("cyd").key) as cyd:
            await odd_matches(people["ann"], people["ben"], cyd)
            await asyncio.sleep(1)  # a client that ends while it hears something may wait for ever (Python 3.11)
        async with connect(server.url) as guest, guest.join("dropped") as table:
            await heard(table, 1, "game.dropped")
        await server.stop()
    return {"apiKey": key, "phone": phone["token"], "signedOut": lost["token"]}


async def _second_evening(server: ServerProcess, kept: dict[str, Any]) -> None:
    """Some log after the snapshots of the first evening; then the process is killed with everybody in it."""
    async with connect(server.url, wallet("ann").key) as ann, connect(server.url, wallet("ben").key) as ben:
        lobby = await ann.enter("lobby")
        await lobby.say("good morning")
        rooms = [await person.enter(f"{kind}-on") for kind in PLAYED for person in (ann, ben)]
        await rooms[0].act("place", cell=8)
        await rooms[4].act("move", uci="g1f3")
        await asyncio.sleep(1)
        await server.kill9()


# ── the files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def parlour_command(*arguments: str, database_url: str) -> str:
    """Run the release's command line on a database; what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    env["PARLOUR_DATABASE_URL"] = database_url
    done = subprocess.run(
        [sys.executable, "-m", "parlour", *arguments], env=env, check=True, capture_output=True, text=True
    )
    return done.stdout


def said_of_rooms(database: Path) -> dict[str, Any]:
    """What the release's own `replay` shows of every room, by room and viewer; to players only where a match is on."""
    url = f"sqlite+aiosqlite:///{database}"
    with sqlite3.connect(database) as connection:
        ids = [row[0] for row in connection.execute("SELECT id FROM room ORDER BY key")]
    connection.close()
    players = {name: ("--as", wallet(name).address) for name in ("ann", "ben")}
    said: dict[str, Any] = {}
    for room in ids:
        viewers = {"guest": ()} | (players if room.endswith("-on") else {})
        said[room] = {
            name: json.loads(parlour_command("replay", room, *viewer, database_url=url))
            for name, viewer in viewers.items()
        }
    return said


async def main(release: str) -> None:
    with tempfile.TemporaryDirectory(prefix="parlour-release-") as folder:
        lived, small = Path(folder, "lived.db"), Path(folder, "small.db")
        kept = await live(f"sqlite+aiosqlite:///{lived}")
        connection = sqlite3.connect(lived)
        connection.execute("VACUUM INTO ?", (str(small),))
        connection.close()
        print(parlour_command("doctor", database_url=f"sqlite+aiosqlite:///{small}"))
        facts = {"release": release, **kept, "rooms": said_of_rooms(small)}
        (HERE / f"{release}.db.gz").write_bytes(gzip.compress(small.read_bytes(), 9, mtime=0))
        (HERE / f"{release}.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
