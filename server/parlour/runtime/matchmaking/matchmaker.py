"""The matchmaker: answers `match:find` and `match:cancel`, and looks through the lines each second and at arrivals."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from parlour.core.matchmaking.commands import Seek
from parlour.core.matchmaking.party import PartyRoom
from parlour.core.matchmaking.room import TABLE_PREFIX
from parlour.core.matchmaking.tickets import Ticket, ticket_id
from parlour.core.matchmaking.wants import check_want
from parlour.core.room import Account, Entry, Join, RoomId
from parlour.errors import Forbidden, Illegal, Invalid, NoSuchRoom, NotFound, ParlourError
from parlour.runtime.matchmaking.line_keeper import PREFIX, LineKeeper, Surroundings
from parlour.runtime.matchmaking.lineups import Lineups
from parlour.runtime.matchmaking.wishes import Wish
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.store import RoomRecord, StoreError

log = structlog.get_logger()

PASS_S = 1.0
"""Seconds between two passes where nobody arrives: windows widen."""
GAP_S = 0.25
"""Seconds between two passes at least: a pass over 10,000 tickets takes about 20 ms, and arrivals share one."""
JOB, LEASE_MS = "matchmaking", 9_000
"""One node of several runs it, under a lease; where that node dies, another one goes on within 12 s."""
PARTY_LEFT, SOUGHT = "party.left", "match.sought"
NOTED = (SOUGHT, "game.ended", "room.closed", "chain.confirmed", "chain.reverted", PARTY_LEFT)
"""Types of entries after which somebody new waits, a table may be over, or a ticket has to go."""


class Matchmaker:
    """Answers requests on every node; `run` serves the lines, on one of them.

    Attributes:
        boards: who stands where in rated kinds.
    """

    def __init__(self, lineups: Lineups, around: Surroundings) -> None:
        self._lineups, self._around = lineups, around
        self._tables, self.boards = around.tables, around.boards
        self._registry, self._clock = around.registry, around.registry.context.clock
        self._keepers = self._new_keepers()
        self._runs = False
        self._called = asyncio.Event()
        self._left: list[tuple[RoomId, Account]] = []

    def _new_keepers(self) -> dict[str, LineKeeper]:
        return {kind: LineKeeper(kind, lineup, self._around) for kind, lineup in self._lineups.items()}

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def find(self, caller: Caller, wish: Wish, network: str = "") -> dict[str, Any]:
        """Put an account into the line of a kind; answer `{ticket, waiting, eta?}`.

        Args:
            network: from which it asks (networks.py).

        Raises:
            Invalid: the kind, the options or the wishes. Forbidden: banned, or an API key. Illegal: `already_waiting`.
            RateLimited: `match`, after a seat not taken. Conflict: the id was used for another wish. Unavailable.
        """
        if caller.account.startswith("app:"):
            raise Forbidden("An API key plays no games.", reason="role")
        options = self._lineups.check_options(wish.kind, wish.options)
        keeper = self._keepers[wish.kind]
        check_want(wish.want, options)
        accounts = (caller.account,) if wish.party is None else await self._party(caller, wish)
        ratings = await self.boards.ratings(wish.kind, accounts)
        ticket = Ticket(
            ticket_id(keeper.room, caller.account, wish.id), accounts, self._clock.now(), ratings, options,
            dict(wish.want), wish.window, wish.bots_after, wish.party,
        )  # fmt: skip
        self._tell("from", wish.kind, accounts, network)
        answer = await keeper.ask(Seek(caller.account, caller.rank, ticket=ticket), wish.id)
        if answer.get("duplicate"):
            return await self._again(keeper, caller.account, ticket.id)
        return {key: answer[key] for key in ("ticket", "waiting", "eta") if key in answer}

    def check_kind(self, kind: str) -> None:
        """Raise Invalid for a kind that nobody is matched for."""
        self._lineups.check_kind(kind)

    async def _party(self, caller: Caller, wish: Wish) -> tuple[Account, ...]:
        """Return the people of a party whose leader looks for a table.

        Raises:
            NoSuchRoom. Invalid: the room is no party of that kind. Forbidden: the caller does not lead it. Illegal:
            somebody is not ready, or they are too many for a table or a team.
        """
        host = await self._registry.reach(wish.party or "")
        party = await host.read_state(lambda hall: hall)
        if not isinstance(party, PartyRoom):
            raise NoSuchRoom()
        party.check_seeks(caller.account, caller.rank, self._clock.now())
        if party.options["kind"] != wish.kind:
            raise Invalid("That party is for another game.", details={"path": "party"})
        if not self._lineups.of(wish.kind).sits(len(party.people)):
            raise Illegal("That party is too large for one table, or for one team of it.", reason="party_size")
        return tuple(party.people)

    async def _again(self, keeper: LineKeeper, account: Account, ticket: str) -> dict[str, Any]:
        """Answer a repeated request, and tell its table again: the first telling may not have arrived."""
        line = await keeper.line()
        room = line.table_of(account, ticket)
        if room is not None:
            self._tables.tell(room, line.tables[room], account)
        eta = {} if line.eta is None else {"eta": line.eta}
        return {"ticket": ticket, "waiting": line.people, **eta, "duplicate": True}

    async def cancel(self, caller: Caller, ticket: str) -> dict[str, Any]:
        """Take the caller's ticket out of its line; a ticket that is out already stays so.

        Raises:
            NotFound: the caller waits with no such ticket.
        """
        for keeper in self._keepers.values():
            try:
                await keeper.withdraw(caller.account, ticket)
            except NotFound:
                continue
            return {}
        raise NotFound("You wait with no such ticket.", reason="ticket")

    async def make(self, room: RoomId, command: Join) -> None:
        """Make the line of a kind when somebody joins it; raises NoSuchRoom where nobody is matched for that kind."""
        keeper = self._keepers.get(room[len(PREFIX) :].lower())
        if keeper is None:
            raise NoSuchRoom()
        await keeper.create()

    # ── what the node that runs it has to know ────────────────────────────────────────────────────────────────────

    def note(self, record: RoomRecord, entry: Entry) -> None:
        """Note an entry stored here: somebody waits, a table may be over, or a party is not whole any more."""
        if entry.type == PARTY_LEFT and isinstance(entry.body, dict):
            self._tell("left", record.id, entry.body["account"])
        elif entry.type == SOUGHT:
            self._tell("line", record.id[len(PREFIX) :].lower())
        elif record.kind in self._keepers and record.id.startswith(TABLE_PREFIX):
            self._tell("table", record.kind, record.id)

    def _tell(self, *news: Any) -> None:
        """Tell whichever node runs the matchmaking, this one or another one."""
        self.hear(*news)
        self._registry.context.tell_nodes("match", *news)

    def hear(self, what: str, *news: Any) -> None:
        """Take note of what a node tells; who does not run the matchmaking reads it all when that begins."""
        if not self._runs:
            return
        if what == "left":
            party, account = news
            self._left.append((party, account))
        elif (keeper := self._keepers.get(news[0])) is not None:
            match what, *news[1:]:
                case "from", accounts, network:
                    keeper.networks.note(accounts, network)
                case "line", *_:
                    keeper.idle = False
                case "table", room:
                    keeper.note(room)
        self._called.set()

    def look_at_all(self) -> None:
        """Look at every table again: a node that ended may have stored what nobody noted."""
        for keeper in self._keepers.values():
            keeper.note_all()
        self._called.set()

    # ── passes ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve the lines until cancelled; what cannot be done now is done in a later pass."""
        self._runs, self._keepers, self._left = True, self._new_keepers(), []
        try:
            await self.boards.wake()
            await self._pass_by_pass()
        finally:
            self._runs = False

    async def _pass_by_pass(self) -> None:
        while True:
            await self._withdraw_parties()
            for kind, keeper in self._keepers.items():
                if not keeper.idle:
                    await self._serve(kind, keeper)
            await self._clock.sleep(GAP_S)
            timer = self._clock.call_later(PASS_S - GAP_S, self._called.set)
            await self._called.wait()
            timer.cancel()
            self._called.clear()

    async def _withdraw_parties(self) -> None:
        """Take the tickets of parties that somebody left out of their lines."""
        left, self._left = self._left, []
        for party, account in left:
            for keeper in self._keepers.values():
                try:
                    await keeper.withdraw_party(party, account)
                except NoSuchRoom:
                    continue
                except (ParlourError, StoreError) as error:
                    self._left.append((party, account))
                    log.warning("match.party_not_withdrawn", room=party, error=type(error).__name__)

    async def _serve(self, kind: str, keeper: LineKeeper) -> None:
        try:
            await keeper.serve()
        except NoSuchRoom:
            keeper.idle = True
        except (ParlourError, StoreError) as error:
            log.warning("match.pass_failed", kind=kind, error=type(error).__name__)
        except Exception:
            log.exception("match.pass_failed", kind=kind)
