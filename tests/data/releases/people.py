"""What people do on the server of a release: talk, moderate, play, follow a chain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chain_history import CHAIN, mine_second, mine_stake, replace_second

from parlour.testing.simchain import CONTRACT, PING, SimChain
from parlour_client import Parlour, Room

PLAYED = ("tic-tac-toe", "battleship", "chess", "word-party", "arena")
ROWS = [{"cell": row * 10, "length": length} for row, length in enumerate([2, 3, 3, 4, 5])]
"""A fleet of Battleship: five ships, one in each row."""


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def count_of(room: Room, *types: str) -> int:
    entries, _ = await room.history(after=0, limit=200)
    return sum(entry.type in types for entry in entries)


async def heard(room: Room, number: int, *types: str) -> None:
    """Wait until the room's log holds so many entries of these types."""
    async with asyncio.timeout(60):
        while await count_of(room, *types) < number:
            await asyncio.sleep(0.05)


async def say_news(ann: Parlour, first: int, last: int) -> None:
    """Messages `first … last` of a room; 50 or more are worth a snapshot when the room closes."""
    await ann.create("chat", id="old-news", title="Old news")
    async with ann.join("old-news") as room:
        for number in range(first, last + 1):
            await room.post(f"news {number}", id=f"news-{number}")


async def chat(people: dict[str, Parlour]) -> None:
    """Every kind of chat entry, every moderation, a private room, a closed one."""
    ann, ben, cyd, eve = (people[name] for name in ("ann", "ben", "cyd", "eve"))
    await ann.create("chat", id="Lobby", title="The lobby", options={"colour": "blue"})
    await ann.request("room:configure", {"room": "lobby", "id": "c-1", "title": "The old lobby"})
    rooms = {name: await person.enter("lobby") for name, person in people.items()}
    for number in range(60):
        await rooms["ann" if number % 2 else "ben"].post(f"line {number}", id=f"line-{number}")
    first = await rooms["ann"].post({"text": "ship it?", "mentions": [ben.account]}, id="question")
    await rooms["ben"].say("yes", reply_to=first.seq)
    await rooms["ben"].say("in the thread", thread=first.seq)
    await rooms["ann"].post({"of": first.seq, "text": "ship it!"}, "chat.edit", id="edit-1")
    await rooms["ben"].react(first.seq, "👍")
    await rooms["cyd"].react(first.seq, "🎉")
    await rooms["cyd"].react(first.seq, "🎉", on=False)
    await rooms["ann"].post({"of": first.seq, "on": True}, "chat.pin", id="pin-1")
    secret = await rooms["eve"].say("a secret that was deleted")
    await rooms["eve"].post({"of": secret.seq}, "chat.delete", id="delete-1")
    await rooms["ann"].post({"votes": [1, 2]}, "app.poll", id="poll-1")
    for action, who, more in (
        ("role", ben, {"role": "moderator"}),
        ("mute", cyd, {}),
        ("ban", eve, {"reason": "spam"}),
    ):
        await ann.request("room:moderate", {"room": "lobby", "account": who.account, "action": action, **more})
    await rooms["ben"].read(first.seq)
    await ann.create("chat", id="den", visibility="private", title="The den")
    invite = await ann.request("room:invite", {"room": "den", "uses": 5, "until": 4_000_000_000_000})
    async with ann.join("den") as den:
        await den.say("who is there?")
        await ben.enter("den", invite=invite["invite"])
    await ann.create("chat", id="shut")
    await ann.request("room:close", {"room": "shut", "reason": "done"})


async def play(ann: Parlour, ben: Parlour) -> None:
    """Every shipped game twice: `<kind>-on` is in the middle of a match, `<kind>-over` has ended one."""
    on: dict[str, tuple[Room, Room]] = {}
    over: dict[str, tuple[Room, Room]] = {}
    for kind in PLAYED:
        options = {"arena": {"goal": 1}, "word-party": {"rounds": 1}}.get(kind, {})
        for end, rooms in (("on", on), ("over", over)):
            await ann.create(kind, id=f"{kind}-{end}", options={} if end == "on" else options)
            rooms[kind] = (await ann.enter(f"{kind}-{end}"), await ben.enter(f"{kind}-{end}"))
    await asyncio.gather(_to_the_middle(on), _to_the_end(over))


async def _to_the_middle(rooms: dict[str, tuple[Room, Room]]) -> None:
    a, b = rooms["tic-tac-toe"]
    await a.act("place", cell=4)
    await b.act("place", cell=0)
    a, b = rooms["battleship"]
    for seat in (a, b):
        await seat.act("place_fleet", ships=ROWS)
    await a.act("shoot", cell=0)
    await a.act("shoot", cell=99)
    a, b = rooms["chess"]
    await a.act("move", uci="e2e4")
    await b.act("move", uci="c7c5")
    a, b = rooms["word-party"]
    await a.act("start")
    await until(lambda: a.state["phase"] == "clues")
    await a.act("clue", text="think hard")
    await b.act("guess", text="no idea")
    a, b = rooms["arena"]
    await a.act("steer", dx=1, dy=0)


async def _to_the_end(rooms: dict[str, tuple[Room, Room]]) -> None:
    a, b = rooms["tic-tac-toe"]
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await (a, b)[number % 2].act("place", cell=cell)
    a, b = rooms["battleship"]
    for seat in (a, b):
        await seat.act("place_fleet", ships=ROWS)
    for ship in ROWS:
        for step in range(ship["length"]):
            await a.act("shoot", cell=ship["cell"] + step)
    a, b = rooms["chess"]
    for number, ply in enumerate(("f2f3", "e7e5", "g2g4", "d8h4")):
        await (a, b)[number % 2].act("move", uci=ply)
    await asyncio.gather(_guess(*rooms["word-party"]), _gather_coins(*rooms["arena"]))


async def _guess(a: Room, b: Room) -> None:
    await a.act("start")
    for giver, guesser in ((a, b), (b, a)):
        await until(lambda giver=giver: giver.state["phase"] == "clues" and giver.state["giver"] == giver.seat)
        await giver.act("clue", text="you know it")
        await guesser.act("guess", text=giver.state["word"])
    await until(lambda: a.state["status"] == "ended")


async def _gather_coins(a: Room, b: Room) -> None:
    while a.state["status"] != "ended":
        x, y = a.state["x"][a.seat], a.state["y"][a.seat]
        coin = min(a.state["coins"], key=lambda coin: abs(coin[0] - x) + abs(coin[1] - y))
        toward = {"dx": (coin[0] > x + 15) - (coin[0] < x - 15), "dy": (coin[1] > y + 15) - (coin[1] < y - 15)}
        await a.act("steer", **toward)
        await asyncio.sleep(0.05)


async def odd_matches(ann: Parlour, ben: Parlour, cyd: Parlour) -> None:
    """Matches of tic-tac-toe with a bot, played again, and left by a connection that broke."""
    await ann.create("tic-tac-toe", id="with-bot", options={"bots": 1})
    alone = await ann.enter("with-bot")
    await alone.act("place", cell=4)
    await heard(alone, 2, "game.action")
    await ann.create("tic-tac-toe", id="again")
    a, b = await ann.enter("again"), await ben.enter("again")
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await (a, b)[number % 2].act("place", cell=cell)
    for seat in (a, b):
        await seat.act("rematch")
    await ann.create("tic-tac-toe", id="dropped")
    a, _ = await ann.enter("dropped"), await cyd.enter("dropped")
    await a.act("place", cell=4)


async def duel(ann: Parlour, ben: Parlour) -> None:
    """A signed match that ended, with a line of signed chat."""
    await ann.create("tic-tac-toe", id="duel", signed=True)
    a, b = await ann.enter("duel"), await ben.enter("duel")
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        await (a, b)[number % 2].act("place", cell=cell)
    await b.say("well played")


async def follow(ann: Parlour, ben: Parlour, chain: SimChain) -> None:
    """A chat room and a staked match that follow the chain through a reorganisation."""
    await ann.create("chat", id="vault")
    vault = await ann.enter("vault")
    await vault.watch(chain=CHAIN, address=CONTRACT, event=PING, fromBlock=1, confirm=[2, "finalized"])
    options = {"stake": {"chain": CHAIN, "address": CONTRACT, "amount": "5"}}
    await ann.create("tic-tac-toe", id="staked", options=options)
    a, b = await ann.enter("staked"), await ben.enter("staked")
    mine_stake(chain)
    await heard(a, 1, "chain.event")
    mine_second(chain)
    await heard(a, 2, "chain.event")
    await a.act("place", cell=4)
    await b.act("place", cell=0)
    replace_second(chain)
    for room in (a, vault):
        await heard(room, 1, "chain.reverted")
    await heard(a, 3, "chain.event")
    await heard(vault, 4, "chain.event")
    await b.act("place", cell=8)
