"""Transactions with senders and nonces on a SimChain, and the pool in which they wait.

pool = SimPool(chain)
tx = pool.send("0xaa…", to="0xbb…", value=5)     # pending
chain.mine([tx])
other = pool.send("0xaa…", nonce=0, value=6)     # the same nonce: only one of them can be mined
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from parlour.testing.simchain import SimBlock, SimChain, SimTx


@dataclass(frozen=True)
class SimSent:
    """What a wallet signed."""

    sender: str
    nonce: int
    to: str
    value: int
    data: str
    failed: bool


class SimPool:
    """The mempool of a SimChain.

    Attributes:
        pending: hashes that the node knows although no block has them.
        pushes_hashes: whether the node pushes hashes of pending transactions alone.
    """

    def __init__(self, chain: SimChain) -> None:
        self.chain = chain
        self.pending: set[str] = set()
        self.pushes_hashes = False
        self._sent: dict[str, SimSent] = {}
        self._indexed = ""
        self._nonces: dict[str, int] = {}
        self._places: dict[str, tuple[SimBlock, int]] = {}
        chain.answers |= {
            "eth_getTransactionByHash": self._by_hash,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionCount": self._count,
            "eth_getBlockByNumber": partial(self._block, chain._by_number),
            "eth_getBlockByHash": partial(self._block, chain._by_hash),
        }

    def send(
        self, sender: str, *, nonce: int | None = None, to: str = "0x" + "bb" * 20, value: int = 0, data: str = "0x",
        failed: bool = False, known: bool = True,
    ) -> SimTx:  # fmt: skip
        """Make a transaction; `known` puts it into the pool, `failed` lets it revert once it is mined."""
        tx = self.chain.tx()
        number = self._next(sender, self.chain.head) if nonce is None else nonce
        self._sent[tx.hash] = SimSent(sender.lower(), number, to.lower(), value, data, failed)
        if known:
            self.pending.add(tx.hash)
            for listener in list(self.chain.pending_listeners):
                listener(tx.hash if self.pushes_hashes else self._tx(tx.hash, None, 0))
        return tx

    def drop(self, tx: SimTx) -> None:
        """Let the node forget a transaction."""
        self.pending.discard(tx.hash)

    def _next(self, sender: str, block: SimBlock | None) -> int:
        sender, highest = sender.lower(), 0
        if block is self.chain.head:
            self._index()
            return self._nonces.get(sender, 0)
        while block is not None:
            for tx in block.txs:
                sent = self._sent.get(tx.hash)
                if sent is not None and sent.sender == sender:
                    highest = max(highest, sent.nonce + 1)
            block = block.parent
        return highest

    def _mined(self, hash_: str) -> tuple[SimBlock, int] | None:
        self._index()
        return self._places.get(hash_)

    def _index(self) -> None:
        """Find every transaction of the chain as it is, and each sender's next nonce."""
        if self._indexed == self.chain.head.hash:
            return
        self._indexed = self.chain.head.hash
        blocks = self.chain.canonical()
        self._places = {tx.hash: (block, at) for block in blocks for at, tx in enumerate(block.txs)}
        self._nonces = {}
        for hash_ in self._places:
            if (sent := self._sent.get(hash_)) is not None:
                self._nonces[sent.sender] = max(self._nonces.get(sent.sender, 0), sent.nonce + 1)

    def _tx(self, hash_: str, block: SimBlock | None, at: int) -> dict[str, Any]:
        sent = self._sent.get(hash_, SimSent("0x" + "00" * 20, 0, "0x" + "00" * 20, 0, "0x", False))
        return {
            "hash": hash_, "from": sent.sender, "to": sent.to, "nonce": hex(sent.nonce), "value": hex(sent.value),
            "input": sent.data, "transactionIndex": None if block is None else hex(at),
            "blockHash": block and block.hash, "blockNumber": None if block is None else hex(block.number),
        }  # fmt: skip

    def _by_hash(self, hash_: str) -> dict[str, Any] | None:
        mined = self._mined(hash_)
        if mined is not None:
            return self._tx(hash_, *mined)
        used = hash_ in self._sent and self._next(self._sent[hash_].sender, self.chain.head) > self._sent[hash_].nonce
        return self._tx(hash_, None, 0) if hash_ in self.pending and not used else None

    def _receipt(self, hash_: str) -> dict[str, Any] | None:
        mined = self._mined(hash_)
        if mined is None:
            return None
        block, at = mined
        failed = hash_ in self._sent and self._sent[hash_].failed
        return {
            "transactionHash": hash_, "blockHash": block.hash, "blockNumber": hex(block.number),
            "transactionIndex": hex(at), "status": "0x0" if failed else "0x1", "gasUsed": "0x5208", "logs": [],
        }  # fmt: skip

    def _count(self, sender: str, where: str) -> str:
        block = self.chain.head if where == "latest" else self.chain.at(int(where, 16))
        return hex(self._next(sender, block))

    def _block(
        self, read: Callable[[str], dict[str, Any] | None], name: str, full: bool = False
    ) -> dict[str, Any] | None:
        header = read(name)
        if header is None or not full:
            return header
        block = self.chain.blocks[header["hash"]]
        return {**header, "transactions": [self._tx(tx.hash, block, at) for at, tx in enumerate(block.txs)]}
