"""Speaks to a Solana cluster by PubSub, and answers a follower as a node of an EVM chain would. Experimental.

One WebSocket tells of slots and of every watched address. Nothing is asked about the past: slots that passed while it
was closed are named as a gap (core/chain/slots.py).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import aiohttp
import orjson

from parlour.adapters.chain.endpoint_words import no_answer, public_name
from parlour.core.chain.slots import Slots
from parlour.core.chain.solana import FEEDS, SUBSCRIBE, address_of, topic_of
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import Call, Disconnected, NodeError, Unsupported, read_error

HEARTBEAT_S = 4.0
"""Seconds between pings, as on sockets of EVM nodes."""
MAX_MESSAGE = 1024 * 1024
"""Bytes of one message: a transaction's logs are 10 kB, and of an account's data only the beginning is asked for."""
MAX_ADDRESSES = 100
"""Addresses of one connection: few providers allow thousands of subscriptions."""
UNUSED_SLOTS = 64
"""Slots for which no follower asked about an address before its subscription may end: it asks with every slot."""
MAX_LOGS = 16 * 1024
"""Characters of a transaction's logs that an entry shows; validators cut them at 10,000 bytes."""
MAX_ERROR = 500
"""Characters of a transaction's error, as JSON."""
LONGEST_WORD = 88
"""Characters of a signature in base58."""
SHOWN_DATA = 1024
"""Bytes of an account's data that an entry shows: enough for the accounts of tokens and of most programs."""

_Key = tuple[str, str]
"""A feed, and an address as a topic."""


class SolanaNode:
    """Implements `Node`. `follow_heads` holds the connection; everything else answers from what it heard.

    Args:
        chain: the number that the settings give the cluster.

    Attributes:
        most_addresses: how many addresses new watches may bring the connection to.
    """

    def __init__(self, url: str, chain: int, clock: Clock) -> None:
        self.name = public_name(url)
        self._url, self._chain, self._clock = url, chain, clock
        self.most_addresses = MAX_ADDRESSES
        self._timeout_s = 5.0
        self._slots = Slots()
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._begun = asyncio.Event()
        self._ids = itertools.count(1)
        self._standing: dict[_Key, asyncio.Future[int]] = {}
        self._asked: dict[int, _Key] = {}
        self._told_by: dict[int, _Key] = {}
        self._used: dict[str, int] = {}

    def limit(self, *, max_batch: int, call_timeout: float) -> None:
        """Wait so many seconds for a subscription; batches cost nothing here."""
        self._timeout_s = call_timeout

    # ── what a follower asks ─────────────────────────────────────────────────────────────────────────────────────

    async def call(self, method: str, params: list[Any]) -> Any:
        """Return what the slots say; waits for the first one. Raises NodeError."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._begun.wait()
        except TimeoutError:
            raise Disconnected(f"{self.name}: no slot was heard") from None
        if method == "eth_chainId":
            return hex(self._chain)
        if method == "eth_getBlockByNumber":
            return self._block(params[0])
        if method == "eth_getBlockByHash":
            return self._slots.block_named(params[0])
        if method == "eth_getLogs":
            return await self._logs(params[0])
        if method == SUBSCRIBE:
            return await self._begin_watch(params[0], [topic_of(address) for address in params[1]])
        raise Unsupported("PubSub of a Solana cluster does not answer that")

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results in order; a failed item is a NodeError. Raises Disconnected."""
        return [await self._item(*call) for call in calls]

    async def _item(self, method: str, params: list[Any]) -> Any:
        try:
            return await self.call(method, params)
        except Disconnected:
            raise
        except NodeError as error:
            return error

    def _block(self, tag: str) -> dict[str, Any] | None:
        slots = self._slots
        if tag == "safe":
            return None
        number = {"latest": slots.head, "finalized": slots.root}.get(tag)
        return slots.block(int(tag, 16) if number is None else number)

    async def _logs(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return logs; what a filter names without a subscription was watched before that was lost."""
        contracts, topics = asked.get("address", ()), (asked.get("topics") or [()])[0]
        wanted = [(feed, topic) for topic in topics for feed, contract in FEEDS.items() if contract in contracts]
        for key in wanted:
            self._used[key[1]] = self._slots.head or 0
            if key not in self._standing:
                self._slots.unhear(key[1])
        await self._subscribe(wanted)
        return self._slots.logs(asked)

    async def _begin_watch(self, feed: str, topics: Sequence[str]) -> None:
        """Subscribe for a watch that begins now; raises NodeError."""
        held = {topic for _, topic in self._standing}
        if len(held | set(topics)) > self.most_addresses:
            held -= await self._end_unused(held)
        if len(held | set(topics)) > self.most_addresses:
            raise Unsupported(f"rooms watch {len(held)} addresses of that cluster, and {self.most_addresses} may be")
        self._used |= dict.fromkeys(topics, self._slots.head or 0)
        await self._subscribe([(feed, topic) for topic in topics])

    async def _end_unused(self, held: Collection[str]) -> set[str]:
        """End the subscriptions of addresses that nobody watches any more, and return those."""
        ended = {topic for topic in held if self._used.get(topic, 0) < (self._slots.head or 0) - UNUSED_SLOTS}
        for (feed, topic), standing in list(self._standing.items()):
            if topic in ended and standing.done():
                del self._standing[feed, topic]
                self._told_by.pop(standing.result(), None)
                await self._send(f"{feed}Unsubscribe", [standing.result()])
        for topic in ended:
            self._used.pop(topic, None)
        return ended

    async def _subscribe(self, wanted: Sequence[_Key]) -> None:
        """Wait until these subscriptions stand; raises NodeError."""
        for key in wanted:
            if key not in self._standing:
                self._standing[key] = standing = asyncio.get_running_loop().create_future()
                standing.add_done_callback(_look_at)
                self._asked[await self._send(f"{key[0]}Subscribe", _params(*key))] = key
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.gather(*(asyncio.shield(self._standing[key]) for key in wanted))
        except (TimeoutError, KeyError) as error:
            raise no_answer(self.name, error) from None

    # ── the connection ───────────────────────────────────────────────────────────────────────────────────────────

    async def follow_heads(self, on_head: Callable[[dict[str, Any]], None]) -> None:
        """Connect, subscribe, and report each head until the connection ends; raises NodeError."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(self._timeout_s):
                self._socket = await self._session.ws_connect(
                    self._url, heartbeat=HEARTBEAT_S, max_msg_size=MAX_MESSAGE
                )
            await self._send("slotSubscribe", [])
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT and self._hear(orjson.loads(message.data)):
                    on_head({"number": hex(self._slots.head or 0)})
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError) as error:
            raise no_answer(self.name, error) from None
        finally:
            await self._lose()
        raise Disconnected(f"{self.name}: the connection closed")

    async def _send(self, method: str, params: list[Any]) -> int:
        """Send a request and return its number; raises NodeError."""
        if self._socket is None:
            raise Disconnected(f"{self.name}: the connection closed")
        number = next(self._ids)
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            await self._socket.send_str(orjson.dumps(body).decode())
        except (aiohttp.ClientError, OSError) as error:
            raise no_answer(self.name, error) from None
        return number

    def _hear(self, message: dict[str, Any]) -> bool:
        """Take a message; return whether it is a slot."""
        if (key := self._asked.pop(message.get("id", 0), None)) is not None:
            self._stand(key, message)
        elif message.get("method") == "slotNotification":
            told = message["params"]["result"]
            self._slots.add(told["slot"], told["parent"], told["root"], self._clock.now() // 1000)
            self._begun.set()
            return True
        elif (params := message.get("params")) and (key := self._told_by.get(params["subscription"])) is not None:
            result = params["result"]
            self._slots.note(key[0], result["context"]["slot"], key[1], *_READERS[key[0]](result["value"]))
        return False

    def _stand(self, key: _Key, answer: dict[str, Any]) -> None:
        if answer.get("error") is not None:
            self._standing.pop(key).set_exception(read_error(answer["error"]))
            return
        self._told_by[answer["result"]] = key
        self._slots.hear(key[1])
        self._standing[key].set_result(answer["result"])

    async def _lose(self) -> None:
        """Note that nothing is heard any more; whoever follows asks again for what it wants."""
        lost, self._socket = self._socket, None
        self._begun.clear()
        for (_, topic), standing in self._standing.items():
            self._slots.unhear(topic)
            if not standing.done():
                standing.set_exception(Disconnected(f"{self.name}: the connection closed"))
        for kept in (self._standing, self._asked, self._told_by):
            kept.clear()
        if lost is not None:
            await lost.close()

    async def follow_pending(self, on_pending: Callable[[Any], None]) -> None:
        """Raise Unsupported: a cluster has no pool to hear of."""
        raise Unsupported("Solana clusters tell of no pending transactions")

    async def close(self) -> None:
        """Close the connection."""
        await self._lose()
        if self._session is not None:
            await self._session.close()
            self._session = None


def _look_at(standing: asyncio.Future[int]) -> None:
    """Take note of a subscription's failure, for which perhaps nobody waits any more."""
    if not standing.cancelled():
        standing.exception()


def _params(feed: str, topic: str) -> list[Any]:
    address, seen = address_of(topic), {"commitment": "processed"}
    if feed == "logs":
        return [{"mentions": [address]}, seen]
    return [address, {**seen, "encoding": "base64", "dataSlice": {"offset": 0, "length": SHOWN_DATA}}]


def _read_logs(value: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    lines, room = [], MAX_LOGS
    for line in value["logs"]:
        room -= len(line)
        lines.append(line.replace("\0", "\N{REPLACEMENT CHARACTER}") if room >= 0 else "Log truncated")
        if room < 0:
            break
    err = value["err"]
    return _word(value["signature"]), {"logs": lines, "err": err and orjson.dumps(err).decode()[:MAX_ERROR]}


def _read_account(value: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    data = value["data"][0][: SHOWN_DATA * 4 // 3 + 4]
    return "", {"lamports": str(int(value["lamports"])), "owner": _word(value["owner"]), "data": data}


def _word(given: str) -> str:
    """Return a signature or an address of an answer; raises ValueError where it is neither."""
    if len(given) > LONGEST_WORD or not given.isalnum():
        raise ValueError("no base58")
    return given


_READERS = {"logs": _read_logs, "account": _read_account}
