"""Brings the results of settled games to their escrows, from an account of the server's (`PARLOUR_SETTLE_KEY`).

At each block of a chain, and at each `game.ended` of any node, the rooms that wait are looked at: what is due follows
from their state (due.py), and what was sent before is what they track. So nothing is kept here that a kill could lose,
and whatever is sent twice is refused by the escrow. The node that follows the chain does this for all nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import token_bytes
from typing import Any

import structlog

from parlour.core.chain.transactions import TRACK
from parlour.core.games.escrow import EVENTS
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.log.hash_chain import SALT_BYTES
from parlour.core.log.signed_posts import digest_of
from parlour.core.room import Entry, Post, RoomId
from parlour.errors import NotFound, ParlourError
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.live_room.reopen import ReadableRoom
from parlour.runtime.nodes.node import NodeError, Reverted
from parlour.runtime.rooms.interface import RoomService
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.running_tasks import RunningTasks
from parlour.runtime.settlement.due import EscrowCall, Standing, standing_of
from parlour.runtime.settlement.keys import SettlementKey
from parlour.runtime.settlement.transactions import Transaction, claim_data, settle_data
from parlour.runtime.store import RoomRecord, StoreError

log = structlog.get_logger()

RANK = SERVER_ROLES["admin"]
"""The account posts its `wallet.track` in rooms of every kind, private ones too."""
RAISE = 1.25
"""A replacement pays so much more: nodes ask for a tenth at least."""
MOST_RAISED = 8
"""Times the going price that a replacement pays at most: beyond it the transaction waits for a calmer chain."""
REST_BLOCKS = 5
"""After a call that the escrow would refuse, a room is left alone for so many blocks, and twice as long each time."""
MOST_RESTS = 8
"""Doublings of that: some four hours of Ethereum between two questions at last."""
MOST_KNOWN = 10_000
"""Transactions whose block of sending is remembered, for when to replace them; the oldest is forgotten first."""
NEWS = ("game.ended", "chain.event", "chain.confirmed", "chain.reverted")
"""Entries after which a room may have more to do."""


@dataclass(frozen=True, slots=True)
class SettleLimits:
    """What a transaction may cost, each a setting of the same name.

    Attributes:
        settle_escrows: the contracts that are paid for, in any case.
        settle_gas: most gas of one.
        settle_patience_blocks: blocks after which one that is in none is sent again for more.
    """

    settle_escrows: Collection[str]
    settle_gas: int
    settle_patience_blocks: int


class EscrowBlocks:
    """Follows the blocks of one chain for the settler (runtime/chain/step_listener.py)."""

    def __init__(self, settler: Settler, chain: int) -> None:
        self._settler, self._chain = settler, chain

    def load(self, cursor: Cursor, subs: Sequence[Sub]) -> None:
        """Look at every room that watches an escrow."""
        settled = EVENTS["settled"]
        self._settler.begin(self._chain, [sub.room for sub in subs if sub.record.get("event") == settled])

    async def plan(self, step: PlannedStep) -> Sequence[Any]:
        """Add nothing to a step."""
        return ()

    def committed(self, step: PlannedStep) -> None:
        """Look at the rooms that wait, now that there is another block."""
        self._settler.tick(self._chain, step.head.number, step.head.time * 1000)


class Settler:
    """The settling account of a process. It works on the chains that this process follows.

    Attributes:
        key: of the account, which pays the gas.
    """

    def __init__(
        self, registry: RoomRegistry, rooms: RoomService, chains: Chains, key: SettlementKey, limits: SettleLimits
    ) -> None:
        self.key = key
        self._registry, self._rooms, self._chains, self._limits = registry, rooms, chains, limits
        self._waiting: dict[int, dict[RoomId, int]] = {chain.config.chain_id: {} for chain in chains}
        self._settled: dict[int, set[RoomId]] = {}
        self._resting: dict[RoomId, tuple[int, int]] = {}
        self._sent_at: dict[str, int] = {}
        self._blocks: dict[int, tuple[int, int]] = {}
        self._busy: set[int] = set()
        self._again: set[int] = set()
        self._tasks = RunningTasks()
        for chain in chains:
            chain.follower.listeners.add(EscrowBlocks(self, chain.config.chain_id))
        for type_ in NEWS:
            registry.context.on_entry_anywhere.setdefault(type_, []).append(self._stored)
        registry.context.on_nodes_changed.append(self._look_at_all)

    async def stop(self) -> None:
        """End what is under way."""
        await self._tasks.stop()

    def begin(self, chain: int, rooms: Iterable[RoomId]) -> None:
        """Follow a chain, on which these rooms watch their escrows."""
        self._settled[chain] = set(rooms)
        self.look_at(chain, self._settled[chain])

    def look_at(self, chain: int, rooms: Iterable[RoomId]) -> None:
        """Look at these rooms, at once where the chain's newest block is known."""
        self._waiting[chain] |= dict.fromkeys(rooms, 0)
        if chain in self._blocks:
            self.tick(chain, *self._blocks[chain])

    def _look_at_all(self) -> None:
        """Look at every room again: another node may have ended before it told what it stored."""
        for chain, rooms in self._settled.items():
            self.look_at(chain, rooms)

    def tick(self, chain: int, number: int, time: int) -> None:
        """Look at the rooms that wait, as of this block (its time in ms)."""
        self._blocks[chain] = number, time
        self._again.add(chain)
        if chain not in self._busy and self._waiting[chain]:
            self._busy.add(chain)
            self._tasks.start(self._look(chain))

    def _stored(self, record: RoomRecord, entry: Entry) -> None:
        body = entry.body if isinstance(entry.body, dict) else {}
        settlement = body.get("settlement")
        chain = settlement["typedData"]["domain"]["chainId"] if settlement is not None else body.get("chain")
        if settlement is not None:
            self._resting.pop(record.id, None)
        if chain in self._settled and (settlement is not None or record.id in self._waiting[chain]):
            self._settled[chain].add(record.id)
            self.look_at(chain, [record.id])

    async def _look(self, chain: int) -> None:
        try:
            while chain in self._again:
                self._again.discard(chain)
                number, time = self._blocks[chain]
                for room in [room for room, at in self._waiting[chain].items() if at <= time]:
                    if self._resting.get(room, (0, 0))[0] <= number:
                        await self._settle(chain, room)
        finally:
            self._busy.discard(chain)

    async def _settle(self, chain: int, room: RoomId) -> None:
        """Send what a room waits for; whatever fails is tried again at another block."""
        number, time = self._blocks[chain]
        try:
            host = await self._registry.reach(room)
            standing = await host.read_state(partial(standing_of, account=self.key.address, now=time))
            if standing is None or standing.again is None or not self._pays_for(standing):
                self._forget(chain, room)
                return
            self._waiting[chain][room] = standing.again
            await self._bring_one(host, standing)
        except Reverted as error:
            times = self._resting.get(room, (0, 0))[1]
            self._resting[room] = number + (REST_BLOCKS << times), min(times + 1, MOST_RESTS)
            log.warning("settlement.refused", room=room, chain=chain, error=str(error), data=error.data[:10])
        except NotFound:
            self._forget(chain, room)
        except (ParlourError, StoreError, NodeError) as error:
            log.warning("settlement.not_sent", room=room, chain=chain, error=str(error))
        except Exception:  # the rooms after this one are looked at all the same
            log.exception("settlement.failed", room=room, chain=chain)

    def _pays_for(self, standing: Standing) -> bool:
        escrows = {escrow.lower() for escrow in self._limits.settle_escrows}
        return standing.settlement.terms.address.lower() in escrows

    def _forget(self, chain: int, room: RoomId) -> None:
        self._waiting[chain].pop(room, None)
        self._resting.pop(room, None)

    async def _bring_one(self, host: ReadableRoom, standing: Standing) -> None:
        """Send the first call that the escrow takes: a round that it refuses holds no later one back.

        Raises:
            Reverted: it takes none of them, or nobody signed them.
        """
        refused = list[Reverted]()
        for call in standing.calls:
            settlement = await self._settlement_of(host.id, call.ended)
            if "sig" not in settlement:
                refused.append(Reverted("the server's referee did not sign this result"))
                continue
            try:
                await self._bring(host, standing, call, settlement)
                return
            except Reverted as error:
                refused.append(error)
        if refused:
            raise refused[-1]

    async def _bring(
        self, host: ReadableRoom, standing: Standing, call: EscrowCall, settlement: Mapping[str, Any]
    ) -> None:
        """Track a transaction in its room, then send it: one that was sent is always known after a kill."""
        terms, room = standing.settlement.terms, host.id
        nonce, price = await self._place(terms.chain, standing)
        if nonce is None:
            return
        data = (claim_data if call.function == "claim" else settle_data)(terms, settlement)
        request = {"from": self.key.address, "to": terms.address, "data": "0x" + data.hex()}
        needed = int(await self._chains.ask(terms.chain, "eth_estimateGas", [request]), 16)
        if needed > self._limits.settle_gas:
            raise Reverted(f"the call needs {needed} gas")
        gas = min(needed * 5 // 4, self._limits.settle_gas)
        raw, hash_ = Transaction(terms.chain, nonce, price, gas, terms.address, data).signed(self.key)
        track = {"chain": terms.chain, "hash": hash_, "from": self.key.address, "to": terms.address, "nonce": nonce}
        post = Post(self.key.address, RANK, id=f"settle-{hash_}", type=TRACK, body=track, salt=token_bytes(SALT_BYTES))
        post.sig = "0x" + self.key.sign(digest_of(post, room, host.record.epoch)).hex()
        await self._rooms.ask(room, RoomRequest(post))
        self._sent_at[hash_] = self._blocks[terms.chain][0]
        if len(self._sent_at) > MOST_KNOWN:
            del self._sent_at[next(iter(self._sent_at))]
        await self._chains.ask(terms.chain, "eth_sendRawTransaction", ["0x" + raw.hex()])
        log.info("settlement.sent", room=room, call=call.function, round=call.nonce, tx=hash_)

    async def _place(self, chain: int, standing: Standing) -> tuple[int | None, int]:
        """Return the nonce and the price of the next transaction; no nonce while an earlier one has time left."""
        number = self._blocks[chain][0]
        last = standing.sent[max(standing.sent)] if standing.sent else None
        if last is not None and number < self._sent_at.get(last["hash"], 0) + self._limits.settle_patience_blocks:
            return None, 0
        price = int(await self._chains.ask(chain, "eth_gasPrice", []), 16)
        if last is None:
            count = await self._chains.ask(chain, "eth_getTransactionCount", [self.key.address, "pending"])
            return int(count, 16), price
        known = await self._chains.ask(chain, "eth_getTransactionByHash", [last["hash"]])
        if known is None:  # the process ended between the track and the sending, or nobody took it
            return last["nonce"], price
        if known.get("blockNumber") is not None or last["hash"] not in self._sent_at:
            self._sent_at[last["hash"]] = number
            return None, 0
        raised = max(price, int(int(known["gasPrice"], 16) * RAISE) + 1)
        return (last["nonce"], raised) if raised <= MOST_RAISED * price else (None, 0)

    async def _settlement_of(self, room: RoomId, seq: int) -> dict[str, Any]:
        found = await self._registry.context.store.entries(room, seq - 1, 1)
        body = found[0].body if found and found[0].seq == seq else None
        return body.get("settlement", {}) if isinstance(body, dict) else {}
