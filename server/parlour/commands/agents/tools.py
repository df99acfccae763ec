"""The tools of an agent, each a request of its wallet; what they answer marks what others wrote."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from parlour.commands.agents.marking import UNTRUSTED, marked_entry, marked_room
from parlour_client import Parlour, ParlourError, Room

MOST_READ = 200
"""Entries that one call returns: more would fill an agent's context."""
MOST_WAIT_S = 300.0
"""For `match.find`: clients of this protocol give up on calls that last longer."""
RoomName = Annotated[str, Field(description="The room's id.")]


class Refused(Exception):
    """A call that the server refused; the text is for the agent."""


class RoomTools:
    """What an agent may do; each method is a tool, and its docstring is what the agent reads.

    Args:
        parlour: the wallet's client.
    """

    def __init__(self, parlour: Parlour) -> None:
        self._parlour = parlour
        self._rooms: dict[str, Room] = {}

    async def begin(self) -> None:
        """Let others see that a program acts for this account. Raises ParlourError."""
        account = self._parlour.account
        if not (await self._parlour.profiles([account])).get(account, {}).get("bot"):
            await self._parlour.profile(bot=True)

    async def list_rooms(
        self, query: str | None = None, kind: str | None = None, mine: bool = False, limit: int = 50
    ) -> dict[str, Any]:
        """List rooms, those with the latest activity first; `mine` only those this wallet belongs to."""
        page = await self._parlour.rooms(query=query, kind=kind, mine=mine or None, limit=limit)
        return {"rooms": [marked_room(room) for room in page], "more": page.cursor is not None}

    async def join(self, room: RoomName, play: bool = False, invite: str | None = None) -> dict[str, Any]:
        """Join a room and show it; in a game, `play` takes a free seat."""
        joined = await self._parlour.enter(room, as_="player" if play else "spectator", invite=invite)
        self._keep(joined)
        facts = {"role": joined.role, "seat": joined.seat, "head": joined.head, "here": joined.presence["count"]}
        return marked_room(joined.info) | facts

    async def read(
        self,
        room: RoomName,
        since: Annotated[int | None, Field(description="Only entries after this seq; by default the latest.")] = None,
        limit: Annotated[int, Field(ge=1, le=MOST_READ)] = 50,
    ) -> dict[str, Any]:
        """Read a room's log, oldest first. `next` is the `since` of the next call, `more` whether there is more now."""
        joined = await self._joined(room)
        page = await joined.history(after=since, limit=limit)
        entries = [marked_entry(entry, self._parlour.account) for entry in page.items]
        following = page.items[-1].seq if page.items else since or 0
        return {"room": joined.id, "entries": entries, "next": following, "more": since is not None and page.more}

    async def say(
        self, room: RoomName, text: str, reply_to: int | None = None, thread: int | None = None
    ) -> dict[str, Any]:
        """Post a chat message; returns once it is durable."""
        posted = await (await self._joined(room)).say(text, reply_to=reply_to, thread=thread)
        return {"seq": posted.seq, "at": posted.at}

    async def act(
        self,
        room: RoomName,
        action: str,
        args: Annotated[dict[str, Any] | None, Field(description="As the action's schema of game.rules says.")] = None,
    ) -> dict[str, Any]:
        """Make a move in a game; game.view says which actions there are and whose turn it is."""
        joined = await self._joined(room)
        posted = await joined.post({"action": action, "args": args or {}}, "game.action")
        return {"seq": posted.seq, "at": posted.at}

    async def watch(
        self,
        room: RoomName,
        chain: int,
        address: str,
        event: Annotated[str, Field(description='As in Solidity: "Transfer(address indexed from, …)".')],
        finality: Literal["included", "safe", "finalized"] | None = None,
    ) -> dict[str, Any]:
        """Have a contract's events written into a room, where this wallet may."""
        joined = await self._joined(room)
        return dict(await joined.watch(chain=chain, address=address, event=event, finality=finality))

    async def rules(self, kind: str | None = None) -> dict[str, Any]:
        """Show the kinds of games: seats, JSON Schemas of options and of actions."""
        kinds = [one for one in await self._parlour.kinds() if kind in (None, one["kind"])]
        if not kinds:
            raise Refused(f"not_found: there is no kind {kind}. Do not try again.")
        return {"kinds": kinds}

    async def view(self, room: RoomName) -> dict[str, Any]:
        """Show a game as this wallet sees it, whether it is its turn, and the schemas of the legal actions."""
        joined = await self._joined(room)
        kinds = {one["kind"]: one for one in await self._parlour.kinds()}
        state = joined.state
        turn = isinstance(state, dict) and joined.seat is not None and state.get("turn") == joined.seat
        actions = kinds.get(joined.info["kind"], {}).get("actions", {})
        return {"room": joined.id, "seat": joined.seat, "my_turn": turn, "actions": actions, UNTRUSTED: state}

    async def find_match(
        self,
        kind: str,
        options: dict[str, Any] | None = None,
        bots_after: Annotated[float | None, Field(description="Seconds after which bots may fill it.")] = None,
        timeout: Annotated[float, Field(gt=0, le=MOST_WAIT_S)] = 60,
    ) -> dict[str, Any]:
        """Look for others to play with, wait until a table is found, and take the kept seat."""
        try:
            found = await self._parlour.find_match(kind, options=options, bots_after=bots_after, timeout=timeout)
        except TimeoutError:
            raise Refused(f"no table was found in {timeout:g} s. Trying again may help.") from None
        self._keep(await self._parlour.enter(found.room, as_="player"))
        return {"room": found.room, "seat": found.seat, "players": [one["account"] for one in found.players]}

    async def entries(self, room: str) -> str:
        """The latest entries of a room, as JSON; what others wrote stands below `untrusted`."""
        return json.dumps(await self.read(room), ensure_ascii=False)

    async def _joined(self, room: str) -> Room:
        """Return a room this wallet is in; one that it is not in yet is joined to watch it."""
        known = self._rooms.get(room.lower())
        if known is not None and known.ended is None:
            return known
        return self._keep(await self._parlour.enter(room, as_="spectator"))

    def _keep(self, joined: Room) -> Room:
        before = self._rooms.get(joined.id.lower())
        self._rooms[joined.id.lower()] = joined
        if before is not None:
            before.release()
        return joined


def refusal(error: ParlourError) -> Refused:
    """Return a refusal of the server in words for an agent: the code, the sentence, and whether to try again."""
    again = "Trying again may help." if error.retryable else "Do not try the same again."
    reason = f"{error.code}/{error.reason}" if error.reason else error.code
    return Refused(f"{reason}: {error.message} {again}")
