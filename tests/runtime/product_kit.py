"""One process with all that rests on a chain: a gated room, a wallet's room, a market, a tracked transaction."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parlour.core import room as commands
from parlour.core.chain.abi import parse_event
from parlour.core.identity.accounts import checksum
from parlour.core.markets.pools import SWAP_V3
from parlour.core.markets.room import MarketRoom
from parlour.core.markets.route import MarketRoute
from parlour.core.wallets.room import WalletRoom
from parlour.core.wallets.route import WalletRoute
from parlour.runtime.blocks.attach import listen_to_blocks
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.server_rooms.wallet_rooms import WalletRooms
from parlour.testing.simchain import CONTRACT, SimChain, SimLog, SimTx
from parlour.testing.simpool import SimPool
from tests.runtime.gates.kit import GatedWorld
from tests.runtime.kit import ALICE, OWNER

WALLET, MARKET, DESK, CLUB = f"wallet:{ALICE}", "pair", "desk", "club"
KINDS = {"wallet": WalletRoom, "market": MarketRoom}
_TOKENS = ("0x" + "11" * 20, "0x" + "22" * 20)
_SWAP, _WHO = parse_event(SWAP_V3).topic0, "0x" + "00" * 12 + "aa" * 20


class ProductWorld(GatedWorld):
    """Alice's rooms; the pool is the simulated chain's own contract, its tokens have no decimals."""

    def __init__(self, **more: Any) -> None:
        super().__init__(kinds=KINDS, **more)
        for sim in self.sims.values():
            sim.contracts[CONTRACT] = _views({
                "slot0()": [1 << 96, 0, 0, 0, 0, 0, 1], "token0()": [int(_TOKENS[0], 16)],
                "token1()": [int(_TOKENS[1], 16)],
            })  # fmt: skip
            for token in _TOKENS:
                sim.contracts[token] = _views({"decimals()": [0]})
        self.pool = SimPool(self.sim)

    def start(self, owner: str = "one") -> None:
        super().start(owner)
        self.context.routes.register("market", MarketRoute)
        self.context.routes.register("wallet", WalletRoute)
        listen_to_blocks(self.chains, self.context, lambda chain, type_, body: None)
        WalletRooms(self.process.registry, self.chains, any_token=False)

    async def catch_up(self) -> None:
        """As GatedWorld.catch_up; and let rooms have what waits for them."""
        for _ in range(2):
            await super().catch_up()
            for chain in self.sims:
                await self.chains.chain(chain).outbox.drain()

    async def furnish(self, *, history: int = 0) -> None:
        """Make the rooms, and let Alice in where she passes."""
        await self.room(self.leaf(min="2"), CLUB)
        await self.join(ALICE, WALLET)
        options = {"chains": list(self.sims), "tokens": [self.token.address]}
        await self.ask(commands.Configure(author=ALICE, options=options), WALLET)
        asked = {"chain": self.sim.chain_id, "pool": checksum(CONTRACT), "history": history}
        await self._done(self.rooms.create(Caller(OWNER), NewRoom("market", MARKET, options=asked)))
        await self._done(self.rooms.create(Caller(OWNER), NewRoom("chat", DESK)))
        await self.catch_up()

    async def track(self, tx: SimTx) -> None:
        """Let the desk track a transaction."""
        body = {"chain": self.sim.chain_id, "hash": tx.hash}
        await self.ask(commands.Post(author=ALICE, id=tx.hash[:60], type="wallet.track", body=body), DESK)
        await self.poll()

    async def poll(self) -> None:
        """Ask about the transactions that are in no block."""
        await self._done(self.tracking.polls[self.sim.chain_id].poll())

    def view(self, room: str) -> Any:
        """Return the state of a room, for Alice."""
        host = self.process.registry.find(room)
        assert host is not None
        return host.live.view(ALICE)

    def balance(self, chain: int = 1337) -> str | None:
        """Return what the wallet's room says that Alice holds of the token."""
        told = self.view(WALLET)["balances"].get(str(chain), {}).get(checksum(self.token.address), {})
        balance: str | None = told.get("balance")
        return balance

    def trades(self) -> int:
        """Return how many trades the market's candles hold."""
        return sum(row[7] for row in self.candles())

    def candles(self) -> list[list[Any]]:
        """Return the market's minutes, without their status."""
        return [row[:8] for row in self.view(MARKET)["candles"]["1m"]]

    def holds(self) -> bool:
        """Return whether Alice has a right to the gated room."""
        host = self.process.registry.find(CLUB)
        return host is not None and ALICE in host.live.room.access.grants.held

    async def statuses(self) -> dict[str, str]:
        """Return the last status that the desk was told of each transaction."""
        return {body["hash"]: body["status"] for body in await self.entries("wallet.transaction", room=DESK)}


def swap(sim: SimChain, paid: int, got: int) -> SimTx:
    """Make a swap that pays `paid` of token0 for `got` of token1."""
    words = [paid, -got, 1 << 96, 10**18, 0]
    data = "0x" + encode(["int256", "int256", "uint160", "uint128", "int24"], words).hex()
    return sim.tx(SimLog(CONTRACT, (_SWAP, _WHO, _WHO), data))


def _views(answers: dict[str, list[int]]) -> Any:
    words = {keccak(text=name)[:4]: b"".join(n.to_bytes(32) for n in found) for name, found in answers.items()}
    return lambda block, data: words.get(data[:4], b"")


async def products(*, furnished: bool = True, **more: Any) -> ProductWorld:
    """A followed chain of ten blocks with all rooms; Alice holds five tokens and is in the club."""
    made = ProductWorld(**more)
    for sim in made.sims.values():
        sim.mine_many(10)
    await made.catch_up()
    if furnished:
        await made.mine(made.token.mint(ALICE, 5))
        await made.furnish()
        await made.join(ALICE, CLUB)
    return made
