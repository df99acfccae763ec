"""A pool of two tokens on a SimChain, with the events, views and formula of Uniswap v2, for markets.

pair = SimPair(chain)                         # 1,000 ETH and 2,000,000 USD
chain.mine([pair.buy(2100 * 10**6)])          # pay 2,100 USD for ETH
chain.mine([pair.sell(10**18)])               # pay one ETH for USD
"""

from __future__ import annotations

from functools import partial

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parlour.testing.faults import Fault
from parlour.testing.simchain import SimBlock, SimChain, SimLog, SimTx
from parlour.testing.simtoken import selector

TOKENS = ("0x" + "72" * 20, "0x" + "73" * 20)
_SWAP = "0x" + keccak(text="Swap(address,uint256,uint256,uint256,uint256,address)").hex()
_SYNC = "0x" + keccak(text="Sync(uint112,uint112)").hex()

Reserves = tuple[int, int]


class SimPair:
    """A pool; its reserves at a block are those of the newest `Sync` up to it.

    Attributes:
        address: lower case, as those of its `tokens`.
        trader: who trades, and gets what is paid out.
    """

    def __init__(
        self, chain: SimChain, reserves: Reserves = (1000 * 10**18, 2_000_000 * 10**6), *,
        symbols: tuple[str, str] = ("ETH", "USD"), decimals: tuple[int, int] = (18, 6), address: str = "0x" + "71" * 20,
    ) -> None:  # fmt: skip
        self.chain, self.tokens, self.address = chain, TOKENS, address
        self.trader = "0x" + "aa" * 20
        self._begin, self._planned = reserves, (chain.head.hash, reserves)
        chain.contracts[address] = self._call
        for token, symbol, places in zip(TOKENS, symbols, decimals, strict=True):
            said = {"decimals()": encode(["uint8"], [places]), "symbol()": encode(["string"], [symbol])}
            chain.contracts[token] = partial(_token, {selector(name): words for name, words in said.items()})

    def buy(self, paid: int) -> SimTx:
        """Make a transaction that pays so much of the second token for the first one, at a fee of 0.3 %."""
        reserve0, reserve1 = self._next()
        got = paid * 997 * reserve0 // (reserve1 * 1000 + paid * 997)
        return self._trade((reserve0 - got, reserve1 + paid), (0, paid, got, 0))

    def sell(self, paid: int) -> SimTx:
        """Make a transaction that pays so much of the first token for the second one, at a fee of 0.3 %."""
        reserve0, reserve1 = self._next()
        got = paid * 997 * reserve1 // (reserve0 * 1000 + paid * 997)
        return self._trade((reserve0 + paid, reserve1 - got), (paid, 0, 0, got))

    def reserves(self, block: SimBlock | None = None) -> Reserves:
        """Return what the pool holds after a block, the head by default."""
        at: SimBlock | None = block or self.chain.head
        while at is not None:
            for tx in reversed(at.txs):
                for log in reversed(tx.logs):
                    if log.address == self.address and log.topics[0] == _SYNC:
                        return int(log.data[2:66], 16), int(log.data[66:], 16)
            at = at.parent
        return self._begin

    def _next(self) -> Reserves:
        """Return the reserves that the next trade finds: those of the trades made for the same block come first."""
        head, planned = self._planned
        return planned if head == self.chain.head.hash else self.reserves()

    def _trade(self, reserves: Reserves, amounts: tuple[int, int, int, int]) -> SimTx:
        self._planned = (self.chain.head.hash, reserves)
        who = "0x" + self.trader[2:].rjust(64, "0")
        sync = SimLog(self.address, (_SYNC,), "0x" + "".join(f"{amount:064x}" for amount in reserves))
        swap = SimLog(self.address, (_SWAP, who, who), "0x" + "".join(f"{amount:064x}" for amount in amounts))
        return self.chain.tx(sync, swap)

    def _call(self, block: SimBlock, data: bytes) -> bytes:
        views = {selector(f"token{n}()"): encode(["address"], [token]) for n, token in enumerate(self.tokens)}
        views[selector("getReserves()")] = encode(["uint112", "uint112", "uint32"], [*self.reserves(block), 0])
        return _answer(views, data)


def _token(views: dict[bytes, bytes], block: SimBlock, data: bytes) -> bytes:
    return _answer(views, data)


def _answer(views: dict[bytes, bytes], data: bytes) -> bytes:
    if data[:4] not in views:
        raise Fault(3, "execution reverted")
    return views[data[:4]]
