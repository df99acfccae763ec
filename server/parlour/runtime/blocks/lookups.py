"""Answers look-ups on a chain through its endpoints; what is final is asked once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.lookups import address_answer, block_answer, transaction_answer
from parlour.core.chain.quantities import quantity
from parlour.core.chain.room_news import status_at
from parlour.errors import NotFound, Unavailable

Json = dict[str, Any]
KEPT = 2_000
"""Final answers kept: some 10 MB of transactions with many logs."""


class LookupChains(Protocol):
    """What look-ups need of the chains of a process."""

    async def call(self, chain: int, method: str, params: list[Any]) -> Any:
        """Make one JSON-RPC call; raises NotFound for an unknown chain, and Unavailable."""

    async def standing(self, chain: int) -> Json:
        """Return `{number, hash, safe, finalized}` where the follower stands; raises NotFound or Unavailable."""


class Lookups:
    """Looks up transactions, blocks and accounts."""

    def __init__(self, chains: LookupChains) -> None:
        self._chains = chains
        self._final: OrderedDict[tuple[int, str, str], Json] = OrderedDict()

    async def transaction(self, chain: int, tx: str) -> Json:
        """Answer a transaction with its receipt and its known events decoded.

        Raises:
            NotFound: no such chain, or no endpoint knows the transaction. Unavailable: nobody answers.
        """

        async def read() -> Json:
            found, receipt = await asyncio.gather(
                self._chains.call(chain, "eth_getTransactionByHash", [tx]),
                self._chains.call(chain, "eth_getTransactionReceipt", [tx]),
            )
            if found is None:
                raise NotFound("No endpoint of that chain knows this transaction.", reason="transaction")
            status = None if receipt is None else await self._status(chain, quantity(receipt["blockNumber"]))
            return transaction_answer(found, receipt, status)

        return await self._kept((chain, "tx", tx.lower()), read)

    async def block(self, chain: int, block: int | str) -> Json:
        """Answer a block by number, by hash, or by a tag (latest, safe, finalized); raises as `transaction`."""
        by_hash = isinstance(block, str) and block.startswith("0x")
        method = "eth_getBlockByHash" if by_hash else "eth_getBlockByNumber"
        asked = hex(block) if isinstance(block, int) else block

        async def read() -> Json:
            raw = await self._chains.call(chain, method, [asked, False])
            if raw is None:
                raise NotFound("That chain has no such block.", reason="block")
            return block_answer(raw, await self._status(chain, quantity(raw["number"])))

        return await self._kept((chain, "block", str(asked).lower()), read)

    async def address(self, chain: int, address: str) -> Json:
        """Answer an account's balance, nonce and size of code at the newest block; raises as `transaction`."""
        at = await self._chains.standing(chain)
        tag = hex(at["number"])
        calls = ("eth_getBalance", "eth_getTransactionCount", "eth_getCode")
        answers = await asyncio.gather(*(self._chains.call(chain, method, [address, tag]) for method in calls))
        return self._read(lambda: address_answer(address, answers, {"number": at["number"], "hash": at["hash"]}))

    async def _status(self, chain: int, number: int) -> str:
        return status_at(number, await self._chains.standing(chain))

    async def _kept(self, key: tuple[int, str, str], read: Callable[[], Awaitable[Json]]) -> Json:
        if (known := self._final.get(key)) is not None:
            self._final.move_to_end(key)
            return known
        try:
            answer = await read()
        except (Malformed, KeyError, TypeError, ValueError) as error:
            raise _odd() from error
        if answer["status"] == "finalized" and key[2] not in ("latest", "safe", "finalized"):
            self._final[key] = answer
            if len(self._final) > KEPT:
                self._final.popitem(last=False)
        return answer

    def _read(self, make: Callable[[], Json]) -> Json:
        try:
            return make()
        except Malformed as error:
            raise _odd() from error


def _odd() -> Unavailable:
    return Unavailable("The chain's endpoint answered what makes no sense; try again.")
