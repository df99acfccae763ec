"""Finds ENS names of addresses, checked in both directions; no join waits for one.

An address sets a name at its reverse node, but anybody may set any name there, so a name counts only if it resolves
back to the address. Names that need CCIP-Read or a wildcard resolver are not followed; the address is shown instead.
Sources: EIP-137, ENSIP-3, ENSIP-15.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from parlour.core.identity.accounts import address_on, checksum
from parlour.core.identity.ens import MAX_NAME, is_normal, namehash, reverse_node
from parlour.core.room import Account
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import NodeError, Reverted

log = structlog.get_logger()

Call = Callable[[str, list[Any]], Awaitable[Any]]
"""One JSON-RPC call to the chain that holds ENS; raises NodeError."""

ENS_REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
RESOLVER, NAME, ADDR = "0x0178b8bf", "0x691f3431", "0x3b3b57de"
"""Selectors of resolver(bytes32), name(bytes32) and addr(bytes32)."""
FRESH_SECONDS, FAILED_SECONDS = 3_600.0, 60.0
"""How long a name, or the failure to find one, is remembered: names change seldom, nodes come back soon."""
UNKNOWN = (float("-inf"), None)
"""Until when it is good, and the name, of an address that was never looked up."""
REMEMBERED = 10_000
"""Addresses in memory, about 200 bytes each."""
UNDER_WAY = 256
"""Look-ups that may run or wait at once; beyond that an address simply has no name yet."""
AT_ONCE = 4
"""Look-ups that run at once: a provider's free plan bears them."""
LOOK_UP_SECONDS = 10.0
"""The longest look-up: six calls of a slow node."""


class EnsNames:
    """Finds the names of one chain's ENS.

    Args:
        call: how to reach that chain; None where there is none, and then nobody has a name.
        registry: the ENS registry's address.
        chain: its number; contracts of other chains have no name there, whatever stands at their address.
    """

    def __init__(self, call: Call | None, clock: Clock, registry: str = ENS_REGISTRY, chain: int = 1) -> None:
        self._call = call
        self._chain = chain
        self._clock = clock
        self._registry = registry
        self._known: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[str | None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    def name_of(self, account: Account) -> str | None:
        """Return the name known now; look up an unknown or old one in the background."""
        address = address_on(account, self._chain)
        if address is None:
            return None
        good_until, name = self._known.get(address, UNKNOWN)
        if good_until < self._clock.monotonic():
            self._start(address)
        return name

    async def look_up(self, address: str) -> str | None:
        """Look the name up and return it; None where there is none or the chain does not answer."""
        good_until, name = self._known.get(address, UNKNOWN)
        if good_until >= self._clock.monotonic():
            return name
        task = self._start(address)
        return await asyncio.shield(task) if task else name

    async def address_of(self, name: str) -> str | None:
        """Return the EIP-55 address a name resolves to, or None.

        Raises:
            NodeError, TimeoutError: the chain does not answer.
        """
        if self._call is None or "." not in name or not await _is_normal(name):
            return None
        async with asyncio.timeout(LOOK_UP_SECONDS), self._turns:
            return await self._resolve(name)

    async def close(self) -> None:
        """Cancel the look-ups under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, address: str) -> asyncio.Task[str | None] | None:
        if self._call is None or (address not in self._under_way and len(self._under_way) >= UNDER_WAY):
            return None
        if address not in self._under_way:
            task = asyncio.get_running_loop().create_task(self._find(address))
            self._under_way[address] = task
            task.add_done_callback(lambda _: self._under_way.pop(address, None))
        return self._under_way[address]

    async def _find(self, address: str) -> str | None:
        good_for = FRESH_SECONDS
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS), self._turns:
                name = await self._checked_name(address)
        except (NodeError, TimeoutError, ValueError) as error:  # ValueError: the answer is no hex
            log.debug("ens_names.lookup_failed", error=type(error).__name__)
            good_for, name = FAILED_SECONDS, self._known.get(address, UNKNOWN)[1]
        self._known[address] = (self._clock.monotonic() + good_for, name)
        self._known.move_to_end(address)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return name

    async def _checked_name(self, address: str) -> str | None:
        node = reverse_node(address)
        resolver = await self._resolver(node)
        name = _string(await self._read(resolver, NAME, node)) if resolver else None
        if name is None or not await _is_normal(name):
            return None
        return name if await self._resolve(name) == address else None

    async def _resolve(self, name: str) -> str | None:
        node = namehash(name)
        resolver = await self._resolver(node)
        return _address(await self._read(resolver, ADDR, node)) if resolver else None

    async def _resolver(self, node: bytes) -> str | None:
        return _address(await self._read(self._registry, RESOLVER, node))

    async def _read(self, contract: str, selector: str, node: bytes) -> bytes:
        """Return a contract's answer; empty where it reverts or there is no contract."""
        assert self._call is not None
        try:
            answer = await self._call("eth_call", [{"to": contract, "data": selector + node.hex()}, "latest"])
        except Reverted:
            return b""
        return bytes.fromhex(str(answer)[2:])


async def _is_normal(name: str) -> bool:
    """Check a name; in a thread where Unicode's tables are needed."""
    return is_normal(name) if name.isascii() else await asyncio.to_thread(is_normal, name)


def _address(answer: bytes) -> str | None:
    return checksum("0x" + answer[12:32].hex()) if len(answer) >= 32 and any(answer[12:32]) else None


def _string(answer: bytes) -> str | None:
    """Return an ABI-encoded UTF-8 string, or None where the answer is none."""
    if len(answer) < 64:
        return None
    start = int.from_bytes(answer[:32], "big") + 32
    length = int.from_bytes(answer[start - 32 : start], "big")
    if not 0 < length <= MAX_NAME or len(answer) < start + length:
        return None
    try:
        return answer[start : start + length].decode()
    except UnicodeDecodeError:
        return None
