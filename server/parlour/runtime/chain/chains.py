"""Several chains at once: a follower and a dispatcher each, none of which can disturb another (F22)."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from parlour.core.chain.blocks import BEFORE_GENESIS
from parlour.core.chain.watches import WatchRecord, check_start, normalise
from parlour.core.room import RoomId
from parlour.errors import Conflict, Invalid, NotFound, Unavailable
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.follower import Follower
from parlour.runtime.chain.node import Node, NodeError, Reverted
from parlour.runtime.chain.outbox import ChainOutbox, Deliver
from parlour.runtime.chain.store import ChainStore, Sub
from parlour.runtime.clock import Clock

Connect = Callable[[str], Node]
"""Makes the client of an endpoint's URL: `adapters.node_rpc.connect`, or a fake."""


class Chain:
    """One chain: its follower and its outbox."""

    def __init__(
        self, config: ChainConfig, store: ChainStore, deliver: Deliver, clock: Clock, connect: Connect, owner: str
    ) -> None:
        self.config = config
        self.outbox = ChainOutbox(config.chain_id, store, deliver, clock)
        nodes = [connect(url) for url in config.urls]
        self.follower = Follower(
            config, nodes, store, clock, owner=owner, on_news=self.outbox.wake, on_join=self.outbox.expect_held
        )
        self.calls = [connect(url) for url in config.urls]
        """Connections of their own for `eth_call`: sign-in neither waits for a step nor slows one down."""

    async def stop(self) -> None:
        await asyncio.gather(self.follower.stop(), self.outbox.stop(), *(n.close() for n in self.calls))


class Chains:
    """What the rest of the house sees of all chains.

    Args:
        deliver: submits chain news to a room's host (runtime.outbox.Deliver).
        connect: makes a node client from a URL.
        owner: names this process in leases; drawn at random where None.
    """

    def __init__(
        self,
        configs: Sequence[ChainConfig],
        store: ChainStore,
        deliver: Deliver,
        clock: Clock,
        *,
        connect: Connect,
        owner: str | None = None,
    ) -> None:
        ids = [c.chain_id for c in configs]
        if len(set(ids)) != len(ids):
            raise ValueError("Every chain is configured once; give several urls to one item instead.")
        owner = owner or secrets.token_hex(8)
        self._store, self._clock = store, clock
        self._chains = {c.chain_id: Chain(c, store, deliver, clock, connect, owner) for c in configs}

    def __contains__(self, chain: object) -> bool:
        return chain in self._chains

    def __iter__(self) -> Any:
        return iter(self._chains.values())

    async def start(self) -> None:
        for chain in self._chains.values():
            chain.follower.start()
            chain.outbox.start()

    async def stop(self) -> None:
        await asyncio.gather(*(c.stop() for c in self._chains.values()))

    def chain(self, chain: int) -> Chain:
        """Raises NotFound where it is not configured."""
        found = self._chains.get(chain)
        if found is None:
            known = ", ".join(map(str, self._chains)) or "none"
            raise NotFound(f"This server follows no chain {chain} (it follows: {known}).", reason="chain")
        return found

    # ── watches ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def watch(
        self,
        room: RoomId,
        request: Any,
        submit: Callable[[WatchRecord], Awaitable[Any]],
        *,
        operator: bool = False,
        key: str | None = None,
    ) -> WatchRecord:
        """`room:watch`: choose the anchor, keep the watch, and let the room store `room.watched`.

        Rights were checked by the caller. Nothing between the anchor and the subscription is lost: the watch is stored
        in the same transaction as its history, and its news wait until the room has `room.watched`.

        Args:
            submit: submits `Watch(watch=record)` to the room's host; if it raises, the watch is forgotten.
            operator: may leave the contract address out.
            key: the request's `id`: the same key in the same room is the same watch.

        Returns:
            The record, `from` included.

        Raises:
            Conflict: the key stands for another watch.
            Invalid, Forbidden, TooLarge, NotFound, Unavailable: the request, or the chain at this moment.
        """
        record = normalise(request, operator=operator)
        chain = self.chain(record["chain"])
        name = hashlib.sha256(f"{room}|{key}".encode()).hexdigest() if key else secrets.token_hex(6)
        watch = "w" + name[:12]
        if key and (known := next((s for s in await self._store.room_subs(room) if s.id == watch), None)):
            if _asked(known.record) != _asked(record):
                raise Conflict()
            return await self._hand_over(chain, known, submit)
        await self._check_contract(chain, record)
        from_block = record.pop("fromBlock", None)
        sub = Sub(watch, room, chain.config.chain_id, {"id": watch, **record}, since=self._clock.now())
        sub = await self._join(chain, sub, from_block)
        try:
            return await self._hand_over(chain, sub, submit)
        except BaseException:
            await self.unwatch(sub.chain, sub.id)
            raise

    async def _hand_over(self, chain: Chain, sub: Sub, submit: Callable[[WatchRecord], Awaitable[Any]]) -> WatchRecord:
        """Let the room store `room.watched`, then let the watch's news go."""
        await submit(sub.record)
        if sub.state == "held":
            await self._store.mark_sub(sub.id, "active", self._clock.now())
            chain.outbox.wake()
        return sub.record

    async def _join(self, chain: Chain, sub: Sub, from_block: int | None) -> Sub:
        if chain.follower.state != "standby":
            return await chain.follower.joins.join(sub, from_block)
        cursor = await self._store.cursor(sub.chain)
        if cursor is None:
            raise Unavailable(f"Chain {sub.chain} is not followed yet; try again.")
        anchor = {"number": cursor.number, "hash": cursor.hash}
        if from_block is not None:
            check_start(from_block, cursor.number, chain.config.max_backfill)
            anchor = await self._anchor(sub.chain, from_block)
        sub.record, sub.state = {**sub.record, "from": anchor}, "new"
        await self._store.add_sub(sub)
        return sub

    async def _anchor(self, chain: int, first: int) -> dict[str, Any]:
        if first == 0:
            return BEFORE_GENESIS.ref()
        block = await self.call(chain, "eth_getBlockByNumber", [hex(first - 1), False])
        if not isinstance(block, dict):
            raise Unavailable(f"Chain {chain} could not be read: block {first - 1} is not there.")
        return {"number": first - 1, "hash": block["hash"]}

    async def check(self, request: Any, *, operator: bool = False) -> None:
        """Raises as `watch` where the request could not be had now."""
        record = normalise(request, operator=operator)
        await self._check_contract(self.chain(record["chain"]), record)

    async def _check_contract(self, chain: Chain, record: WatchRecord) -> None:
        given = record.get("address", [])
        for address in [given] if isinstance(given, str) else given:
            code = await self.call(chain.config.chain_id, "eth_getCode", [address, "latest"])
            if code in ("0x", None):
                raise Invalid(
                    f"There is no contract at {address} on chain {chain.config.chain_id}.",
                    reason="no_contract", details={"path": "watch.address"},
                )  # fmt: skip

    async def unwatch(self, chain: int, watch: str) -> None:
        """After `room.unwatched` was stored: route nothing more to it."""
        if (found := self._chains.get(chain)) is not None:
            found.follower.leave(watch)
        await self._store.drop_subs([watch])

    async def forget_room(self, room: RoomId) -> None:
        """The room was closed for good: its watches end."""
        for sub in await self._store.room_subs(room):
            await self.unwatch(sub.chain, sub.id)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(self, chain: int, method: str, params: list[Any]) -> Any:
        """One JSON-RPC call for others (sign-in of contract accounts), on the chain's own endpoints in turn.

        Raises:
            NotFound: no such chain.
            Reverted: the call itself reverted; that is an answer.
            Unavailable: no endpoint answered.
        """
        found, last = self.chain(chain), "no endpoint"
        for endpoint, node in zip(found.follower.endpoints.all, found.calls, strict=True):
            if endpoint.foreign:
                continue
            try:
                return await node.call(method, params)
            except Reverted:
                raise
            except NodeError as error:
                last = str(error)
        raise Unavailable(f"Chain {chain} did not answer: {last[:200]}")

    # ── operators ────────────────────────────────────────────────────────────────────────────────────────────────

    async def status(self) -> list[dict[str, Any]]:
        """One object per chain, as `/api`, `/metrics` and `parlour chain status` show it."""
        return [await self._status(chain) for chain in self._chains.values()]

    async def _status(self, chain: Chain) -> dict[str, Any]:
        waiting, parked = await self._store.backlog(chain.config.chain_id)
        counts = chain.outbox.counts
        return {
            **chain.follower.status(),
            "outbox": {"waiting": waiting, "parked": parked, "delivered": counts.delivered, "dropped": counts.dropped},
        }

    def alarms(self) -> list[str]:
        """Why `/readyz` should worry: halted, disconnected, or behind for longer than the chain's `lagAlarm`."""
        found = []
        for chain in self._chains.values():
            said, name = chain.follower.status(), f"chain {chain.config.chain_id}"
            if said["state"] in ("halted", "disconnected"):
                found.append(f"{name} is {said['state']}: {said['reason']}")
            elif said["state"] == "lagging" and said["lagSeconds"] > chain.config.lag_alarm:
                found.append(f"{name} has not moved for {said['lagSeconds']:.0f} s")
        return found

    async def replay(self, chain: int) -> int:
        """Try a halted chain again, and give parked outbox rows another life; answers how many."""
        found = self.chain(chain)
        revived = await self._store.unpark(chain)
        await found.follower.resume()
        found.outbox.wake()
        return revived

    async def rewind(self, chain: int, to: int) -> int:
        """Accept the endpoint's chain from block `to` on; answers how many blocks were undone."""
        return await self.chain(chain).follower.rewind(to)


def _asked(record: WatchRecord) -> WatchRecord:
    """What was asked for, without the name and the anchor that a watch is given."""
    return {word: value for word, value in record.items() if word not in ("id", "from", "fromBlock")}
