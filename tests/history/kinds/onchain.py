"""A market and a wallet's room: after every reorganisation they hold what the chain holds, each event once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from parlour.testing.anvil import RpcFault
from tests.amm import ETHER, Amm, pair
from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload, eventually
from tests.history.kinds.steady import Steady

MARKET = "market-eth"
SWAP = "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

Key = tuple[str, int, str]
"""Transaction, place of the log in its block, hash of the block."""


class OnChain(Workload):
    """A pool that is traded in, and an account that gets what is traded.

    The account is one of the chain's own; somebody else's client would not be let into its room.
    """

    name = "onchain"

    amm: Amm
    watcher: Steady

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.seen_from = 0

    async def start(self) -> None:
        chain = self.place.chain
        self.amm = await pair(chain)
        await chain.mine(2)
        self.watcher = await self.place.client("watcher")
        options = {"chain": chain.chain_id, "pool": self.amm.pool.address}
        await self.watcher.done("room:create", kind="market", id=MARKET, options=options)
        self.wallet = f"wallet:{self.watcher.account}"
        for room in (MARKET, self.wallet):
            assert await self.watcher.enter(room), self.watcher.out
        tokens = [token.address for token in self.amm.tokens]
        told = {"chains": [chain.chain_id], "tokens": tokens, "native": False}
        await self.watcher.done("room:configure", room=self.wallet, id="follow", options=told)
        self.rooms = {MARKET: self.watcher, self.wallet: self.watcher}
        self.seen_from = await chain.height() + 1
        await self.swapped()
        await eventually(lambda: self._heard(MARKET, "market.trade") and self._heard(self.wallet, "wallet.transfer"))

    def _heard(self, room: str, type: str) -> bool:
        return any(entry["type"] == type for entry in self.watcher.entries.get(room, ()))

    async def act(self) -> None:
        with suppress(RpcFault):  # a reorganisation takes nonces and coins from under a transaction
            await self.swapped()

    async def swapped(self) -> None:
        """Buy a little of the pool's second token for its first, and give the watcher a share."""
        amm, send = self.amm, self.place.chain.transact
        usd, eth = amm.tokens if amm.usd_first else amm.tokens[::-1]
        out = ETHER // 10_000
        for contract, function, args in (
            (usd, "mint", (amm.pool.address, 3 * 10**6)),
            (amm.pool, "swap", (*((0, out) if amm.usd_first else (out, 0)), self.place.chain.accounts[0])),
            (eth, "mint", (self.watcher.account, 7)),
        ):
            await send(
                contract, function, *args, sender=2, wait=False
            )  # a reorganisation may take it before its receipt

    async def check(self) -> list[Finding]:
        await self.place.chain.mine(1)
        account = "0x" + self.watcher.account[2:].lower().rjust(64, "0")
        tokens = [token.address for token in self.amm.tokens]
        findings = await self._equal(MARKET, "market.trade", [self.amm.pool.address], [SWAP])
        findings += await self._equal(self.wallet, "wallet.transfer", tokens, [TRANSFER, None, account])
        return findings

    async def _equal(self, room: str, type: str, addresses: list[str], topics: list[Any]) -> list[Finding]:
        """Wait until what a room holds is what the chain has."""
        query = {"fromBlock": hex(self.seen_from), "toBlock": "latest", "address": addresses, "topics": topics}
        held: list[Key] = []
        true: list[Key] = []

        async def equal() -> bool:
            logs = await self.place.chain.rpc("eth_getLogs", query)
            true[:] = sorted((log["transactionHash"], int(log["logIndex"], 16), log["blockHash"]) for log in logs)
            held[:] = sorted(standing((await self.place.log(room, self.watcher))[1], type))
            return held == true

        if await eventually(equal):
            return []
        missing, more = set(true) - set(held), set(held) - set(true)
        twice = len(held) - len(set(held))
        return [self.found("chain", room, f"{len(missing)} events are missing, {len(more)} void, {twice} twice")]


def standing(log: list[dict[str, Any]], type: str) -> list[Key]:
    """Return the places of the events of a type that nothing undid."""
    held: dict[int, Key] = {}
    for entry in log:
        body = entry["body"]
        if entry["type"] == type:
            held[entry["seq"]] = (body["tx"], body["logIndex"], body["block"]["hash"])
        elif entry["type"] == "chain.reverted":
            for seq in body["of"]:
                held.pop(seq, None)
        elif entry["type"] == "chain.moved":
            for seq in set(body["of"]) & held.keys():
                held[seq] = (*held[seq][:2], body["block"]["hash"])
    return list(held.values())
