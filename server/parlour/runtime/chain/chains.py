"""All chains of a process, each with its own follower and outbox: a failing chain affects no other (chain.md F22)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from parlour.core.audit.record import AuditRecord
from parlour.core.chain.blocks import BEFORE_GENESIS
from parlour.core.chain.solana import KIND as SOLANA
from parlour.core.chain.solana import read_watch
from parlour.core.chain.watches import WatchRecord, check_start, normalise, watch_id
from parlour.core.room import RoomId
from parlour.errors import Conflict, Invalid, NotFound, Unavailable
from parlour.runtime.chain.backfill import Gap
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.follower import Follower
from parlour.runtime.chain.outbox import ChainOutbox, Deliver
from parlour.runtime.chain.room_pace import RoomPace
from parlour.runtime.chain.step_listener import SubListener
from parlour.runtime.chain.store import Cursor, Sub
from parlour.runtime.chain.watch_requests import OWN_WORDS, asked_in, hear, kind_of
from parlour.runtime.nodes.node import Node, NodeError, Refused, Reverted
from parlour.runtime.store import StoreError

Connect = Callable[[str], Node]
"""Makes the client of an endpoint's URL: `adapters.chain.node_rpc.connect`, or a fake."""
Submit = Callable[[WatchRecord], Awaitable[Any]]
"""Lets a room store `room.watched`; raises where it does not."""


class Chain:
    """One chain.

    Attributes:
        follower, outbox: what reads the chain, and what hands its news to rooms.
        calls: clients of the endpoints for `eth_call`: sign-in neither waits for a step nor slows one down.
    """

    def __init__(self, config: ChainConfig, context: ChainContext, deliver: Deliver, connect: Connect) -> None:
        self.config = config
        pace = RoomPace(config.events_per_second, context.clock, self._least_rate)
        self.outbox = ChainOutbox(config.chain_id, context.store, deliver, context.clock, pace)
        nodes = [_named(config, connect, url) for url in config.urls]
        self.follower = Follower(config, nodes, context, self.outbox)
        self._listeners: dict[str, SubListener] = {}
        self.calls = [_named(config, connect, url) for url in config.urls]

    def _least_rate(self, room: RoomId) -> float:
        """Return the rate that the room's watches give it at least; 0 while the chain is not followed here."""
        try:
            return self.follower.ready().routes.rate_of(room)
        except Unavailable:
            return 0.0

    def listen(self, listener: SubListener) -> None:
        """Serve subscriptions of the listener's kind by it; before the follower is started."""
        self._listeners[listener.kind] = listener
        self.follower.listeners.add(listener)

    def listener_of(self, kind: str) -> SubListener | None:
        """Return what listens for subscriptions of this kind; None for those that are routes."""
        return self._listeners.get(kind)

    def stop_watch(self, watch: str) -> None:
        """Send nothing more to this watch."""
        self.follower.stop_routing(watch)
        for listener in self._listeners.values():
            listener.remove(watch)

    def nodes(self) -> list[Node]:
        """Return the clients to call, the preferred one first; endpoints of another chain are left out."""
        pairs = zip(self.follower.endpoints.all, self.calls, strict=True)
        return [node for endpoint, node in pairs if not endpoint.foreign]

    async def stop(self) -> None:
        """Stop the follower and the delivery, and close every connection."""
        await asyncio.gather(self.follower.stop(), self.outbox.stop(), *(n.close() for n in self.calls))


def _named(config: ChainConfig, connect: Connect, url: str) -> Node:
    node = connect(url)
    node.limit(max_batch=config.max_batch, call_timeout=config.call_timeout)
    if name := config.names.get(url):
        node.name = name
    return node


class Chains:
    """All chains of a process.

    Args:
        deliver: submits chain news to a room's host.
        connect: makes a node client from a URL.
    """

    def __init__(
        self, configs: Sequence[ChainConfig], context: ChainContext, deliver: Deliver, connect: Connect
    ) -> None:
        ids = [c.chain_id for c in configs]
        if len(set(ids)) != len(ids):
            raise ValueError("Every chain is configured once; give several urls to one item instead.")
        self._store, self._clock = context.store, context.clock
        self._chains = {c.chain_id: Chain(c, context, deliver, connect) for c in configs}

    def __contains__(self, chain: object) -> bool:
        return chain in self._chains

    def __iter__(self) -> Iterator[Chain]:
        return iter(self._chains.values())

    async def start(self) -> None:
        """Follow every chain, and deliver its news."""
        for chain in self._chains.values():
            await chain.outbox.count_parked()
            chain.follower.start()
            chain.outbox.start()

    async def stop(self) -> None:
        """Stop every chain."""
        await asyncio.gather(*(c.stop() for c in self._chains.values()))

    def chain(self, chain: int) -> Chain:
        """Return a configured chain that answers calls; raises NotFound for any other, clusters of Solana too."""
        found = self._followed(chain)
        if found.config.kind == SOLANA:
            raise NotFound(f"Chain {chain} is a Solana cluster: rooms watch it, and nothing more.", reason="chain")
        return found

    def _followed(self, chain: int) -> Chain:
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
        submit: Submit,
        *,
        operator: bool = False,
        key: str | None = None,
        hook: bool = False,
        own: str = "",
    ) -> WatchRecord:
        """Start a watch of a room: choose its anchor, store it, and let the room store `room.watched`.

        The caller has checked rights. Nothing between the anchor and the following is lost: the watch is stored in the
        same transaction as its history, and its news wait until the room has `room.watched`.

        Args:
            submit: if it raises, the watch is removed again.
            operator: may leave the contract address out.
            key: the request's `id`: the same key in the same room is the same watch.
            hook: rules of the room rest on its events; they wait for no rate, and none is left out.
            own: the room's kind makes the watch for itself, and routes of that kind serve it; its `for` and `before`
                stay in the record.

        Returns:
            The record, `from` included.

        Raises:
            Conflict: the key stands for another watch.
            Invalid, Forbidden, TooLarge: the request.
            NotFound, Unavailable: the chain is not configured, or cannot be read now.
        """
        kept = {word: request[word] for word in OWN_WORDS if own and word in request}
        asked = {w: v for w, v in request.items() if w not in kept} if own else request
        chain, record = self._read(asked, operator=operator)
        record |= kept
        watch = watch_id(room, key) if key else "w" + secrets.token_hex(6)
        if key and (known := next((s for s in await self._store.room_subs(room) if s.id == watch), None)):
            if asked_in(known.record) != asked_in(record):
                raise Conflict()
            return await self._activate(chain, known, submit)
        await self._check_contract(chain, record)
        from_block = record.pop("fromBlock", None)
        kind = own or kind_of(chain.config.kind, record, hook)
        sub = Sub(watch, room, chain.config.chain_id, {"id": watch, **record}, since=self._clock.now(), kind=kind)
        sub = await self._store_watch(chain, sub, from_block)
        try:
            return await self._activate(chain, sub, submit)
        except BaseException:
            await self.unwatch(sub.chain, sub.id)
            raise

    async def fill_gap(self, room: RoomId, gap: dict[str, Any], seq: int) -> int:
        """Read the events of a `chain.gap` again and deliver them; the caller has checked rights.

        Args:
            gap: the body of the entry `seq`.

        Returns:
            How many events are on their way; those delivered before are left out.

        Raises:
            Illegal: its blocks are no longer on the chain.
            NotFound, Unavailable: its watch ended, or the chain cannot be read now.
        """
        chain = self.chain(gap["chain"])
        sub = next((s for s in await self._store.room_subs(room) if s.id == gap["watch"]), None)
        if sub is None:
            raise NotFound("The watch of that gap has ended.", reason="watch")
        return await chain.follower.backfill.fill_gap(sub, Gap.read(gap, seq))

    async def _activate(self, chain: Chain, sub: Sub, submit: Submit) -> WatchRecord:
        """Let the room store `room.watched`, then deliver the watch's news."""
        await submit(sub.record)
        if sub.state == "held":
            await self._store.mark_sub(sub.id, "active", self._clock.now())
            chain.outbox.wake()
        return sub.record

    async def _store_watch(self, chain: Chain, sub: Sub, from_block: int | None) -> Sub:
        """Start the watch here, or store it for the process that follows the chain."""
        if chain.follower.state != "standby":
            if (listener := chain.listener_of(sub.kind)) is not None:
                return await self._listen(chain, listener, sub)
            return await chain.follower.backfill.start_watch(sub, from_block)
        cursor = await self._store.cursor(sub.chain)
        if cursor is None:
            raise Unavailable(f"Chain {sub.chain} is not followed yet; try again.")
        anchor = {"number": cursor.number, "hash": cursor.hash}
        if from_block is not None:
            check_start(from_block, cursor.number, chain.config.max_backfill)
            anchor = await self._block_before(sub.chain, from_block)
        sub.record = {**sub.record, "from": anchor}
        sub.state = "new" if chain.listener_of(sub.kind) is None else "held"
        await self._store.add_sub(sub)
        return sub

    async def _listen(self, chain: Chain, listener: SubListener, sub: Sub) -> Sub:
        """Start a watch of blocks or of a balance at the follower's head; raises Unavailable."""
        try:
            async with chain.follower.between_steps:
                head = chain.follower.ready().tracker.head
                chain.outbox.expect_held()
                await listener.start(sub, head)
        except StoreError as error:
            raise Unavailable("The watch could not be stored; try again.", retry_after=1000) from error
        return sub

    async def _block_before(self, chain: int, first: int) -> dict[str, Any]:
        if first == 0:
            return BEFORE_GENESIS.ref()
        block = await self.call(chain, "eth_getBlockByNumber", [hex(first - 1), False])
        if not isinstance(block, dict):
            raise Unavailable(f"Chain {chain} could not be read: block {first - 1} is not there; try again.")
        return {"number": first - 1, "hash": block["hash"]}

    async def check(self, request: Any, *, operator: bool = False) -> None:
        """Check a request without starting its watch; raises as `watch`."""
        await self._check_contract(*self._read(request, operator=operator))

    def _read(self, request: Any, *, operator: bool) -> tuple[Chain, WatchRecord]:
        """Return the chain of a request, and the request in one form; raises as `watch`."""
        asked = request.get("chain") if isinstance(request, dict) else None
        known = self._chains.get(asked) if isinstance(asked, int) else None
        if known is not None and known.config.kind == SOLANA:
            return known, read_watch(request)
        record = normalise(request, operator=operator)
        return self.chain(record["chain"]), record

    async def _check_contract(self, chain: Chain, record: WatchRecord) -> None:
        if chain.config.kind == SOLANA:
            try:
                await hear(chain.follower.endpoints.pick().node, record)
            except NodeError as error:
                raise _no_answer(chain.config.chain_id, error) from error
            return
        given = record.get("address") or record.get("balance", {}).get("token") or []
        for address in [given] if isinstance(given, str) else given:
            code = await self.call(chain.config.chain_id, "eth_getCode", [address, "latest"])
            if code in ("0x", None):
                raise Invalid(
                    f"There is no contract at {address} on chain {chain.config.chain_id}.",
                    reason="no_contract", details={"path": "watch.address"},
                )  # fmt: skip

    async def unwatch(self, chain: int, watch: str) -> None:
        """End a watch whose room has stored `room.unwatched`."""
        if (found := self._chains.get(chain)) is not None:
            found.stop_watch(watch)
        await self._store.drop_subs([watch])

    async def forget_room(self, room: RoomId) -> None:
        """End the watches of a room that was closed for good."""
        for sub in await self._store.room_subs(room):
            await self.unwatch(sub.chain, sub.id)

    async def watched_addresses(self, chain: int, kind: str) -> set[str]:
        """Return the contracts, in lower case, of all watches of one kind on a chain; raises StoreError."""
        found: set[str] = set()
        for sub in await self._store.subs(chain):
            if sub.kind == kind:
                given = sub.record.get("address", [])
                found |= {each.lower() for each in ([given] if isinstance(given, str) else given)}
        return found

    async def cursor(self, chain: int) -> Cursor | None:
        """Return how far the chain's follower has got, in whichever process; raises StoreError."""
        return await self._store.cursor(chain)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(self, chain: int, method: str, params: list[Any]) -> Any:
        """Make one JSON-RPC call for another part of the server, such as sign-in; tries the endpoints in turn.

        Raises:
            NotFound: no such chain.
            Reverted: the call itself reverted; that is an answer.
            Unavailable: no endpoint answered.
        """
        try:
            return await self.ask(chain, method, params)
        except Refused as error:
            raise _no_answer(chain, error) from error

    async def ask(self, chain: int, method: str, params: list[Any]) -> Any:
        """Make one JSON-RPC call, as `call`, where a refusal is an answer too: a contract may spend all its gas.

        Raises:
            Refused: the last endpoint that was reached refused the call. Otherwise as `call`.
        """
        failure: NodeError = NodeError("no endpoint")
        for node in self.chain(chain).nodes():
            try:
                return await node.call(method, params)
            except Reverted:
                raise
            except NodeError as error:
                failure = error
        if isinstance(failure, Refused):
            raise failure
        raise _no_answer(chain, failure) from failure

    async def standing(self, chain: int) -> dict[str, Any]:
        """Return `{number, hash, safe, finalized}` where a chain's follower stands; raises NotFound or Unavailable."""
        follower = self._followed(chain).follower
        elsewhere = await self.cursor(chain) if follower.state == "standby" else None
        cursor = elsewhere or follower.ready().cursor
        return {"number": cursor.number, "hash": cursor.hash, "safe": cursor.safe, "finalized": cursor.finalized}

    # ── operators ────────────────────────────────────────────────────────────────────────────────────────────────

    async def status(self) -> list[dict[str, Any]]:
        """Return one object per chain, as `/api`, `/metrics` and `parlour chain status` show it."""
        return [await self._status(chain) for chain in self._chains.values()]

    async def _status(self, chain: Chain) -> dict[str, Any]:
        waiting, parked = await self._store.backlog(chain.config.chain_id)
        counts = chain.outbox.counts
        return {
            **chain.follower.status(),
            "outbox": {"waiting": waiting, "parked": parked, "delivered": counts.delivered, "dropped": counts.dropped},
        }

    def silent(self, grace_ms: int) -> frozenset[int]:
        """Return the chains of which nothing was heard for longer than this."""
        told = [chain.follower.status() for chain in self._chains.values()]
        return frozenset(status["chain"] for status in told if status["lagSeconds"] * 1000 > grace_ms)

    def alarms(self) -> list[str]:
        """Return the warnings for `/readyz`: chains halted, disconnected or behind, and events that no room took."""
        found = []
        for chain in self._chains.values():
            status, name = chain.follower.status(), f"chain {chain.config.chain_id}"
            if status["state"] in ("halted", "disconnected"):
                found.append(f"{name} is {status['state']}: {status['reason']}")
            elif status["state"] == "lagging" and status["lagSeconds"] > chain.config.lag_alarm:
                found.append(f"{name} has not moved for {status['lagSeconds']:.0f} s")
            if status["stalled"]:
                found.append(f"{name}: {status['stalled']} rooms are behind with what their rules rest on")
            if parked := chain.outbox.parked:
                found.append(f"{name} has {parked} events that no room took; see `parlour chain status` and the log")
        return found

    async def replay(self, chain: int, audit: AuditRecord | None = None) -> int:
        """Try a halted chain again, and revive parked outbox rows; return how many there were."""
        found = self._followed(chain)
        revived = await self._store.unpark(chain, audit)
        await found.outbox.count_parked()
        await found.follower.resume()
        found.outbox.rescan()
        return revived

    async def rewind(self, chain: int, to: int, audit: AuditRecord | None = None) -> int:
        """Accept the endpoint's chain from block `to` on; return how many blocks were undone."""
        return await self._followed(chain).follower.rewind(to, audit)


def _no_answer(chain: int, reason: NodeError) -> Unavailable:
    return Unavailable(f"Chain {chain} did not answer: {str(reason)[:200]}; try again.")
