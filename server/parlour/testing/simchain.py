"""A chain in memory, with forks, flips and rollbacks on demand, behind a node's JSON-RPC.

    chain = SimChain()
    block = chain.mine([chain.ping(7)])
    chain.reorg(2, [[chain.ping(8)], [], []])     # replace the last two blocks by three
    chain.show(block)                             # flip back to a branch that was left

Blooms and receipts roots are real, so completeness proofs work. Hashes are only unique, not Ethereum's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eth_utils.crypto import keccak

from parlour.core.chain.receipts import logs_bloom, receipts_root
from parlour.testing.faults import Fault

PING = "Ping(address indexed who, uint256 value)"
"""The event that `SimChain.ping` emits, from CONTRACT unless told otherwise."""
PING_TOPIC = "0x" + keccak(text="Ping(address,uint256)").hex()
"""Its first topic."""
CONTRACT = "0x" + "c0" * 20
"""The one contract there is code at."""


@dataclass(frozen=True)
class SimLog:
    """A log as a contract emits it; hex strings are lower case with 0x."""

    address: str
    topics: tuple[str, ...]
    data: str


@dataclass(frozen=True)
class SimTx:
    """A transaction, the logs it emits and whom it pays; the same `id` in two branches is the same transaction."""

    id: int
    logs: tuple[SimLog, ...]
    pays: tuple[tuple[str, int], ...] = ()

    @property
    def hash(self) -> str:
        """The transaction hash, derived from the id: 32 bytes of 0x hex."""
        return "0x" + hashlib.sha256(f"tx{self.id}".encode()).hexdigest()


@dataclass(eq=False)
class SimBlock:
    """A block.

    Attributes:
        number, parent: its place; genesis has no parent.
        txs: its transactions.
        salt: makes blocks with the same content different.
        time: seconds since 1970.
        hash: unique, as 32 bytes of 0x hex.
    """

    number: int
    parent: SimBlock | None
    txs: tuple[SimTx, ...]
    salt: int
    time: int
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        above = self.parent.hash if self.parent else "genesis"
        text = f"{above}|{self.number}|{self.salt}|{[t.id for t in self.txs]}"
        self.hash = "0x" + hashlib.sha256(text.encode()).hexdigest()

    def logs(self) -> list[dict[str, Any]]:
        """Return the block's logs as nodes send them."""
        found: list[dict[str, Any]] = []
        for at, tx in enumerate(self.txs):
            for log in tx.logs:
                found.append(
                    {
                        "address": log.address, "topics": list(log.topics), "data": log.data, "blockHash": self.hash,
                        "blockNumber": hex(self.number), "transactionHash": tx.hash, "transactionIndex": hex(at),
                        "logIndex": hex(len(found)), "removed": False,
                    }
                )  # fmt: skip
        return found

    def receipts(self) -> list[dict[str, Any]]:
        """Return the block's receipts as nodes send them."""
        logs = self.logs()
        return [
            {
                "type": "0x2", "status": "0x1", "cumulativeGasUsed": hex(21_000 * (at + 1)), "transactionHash": tx.hash,
                "transactionIndex": hex(at), "blockHash": self.hash, "blockNumber": hex(self.number),
                "logs": [log for log in logs if log["transactionIndex"] == hex(at)],
            }
            for at, tx in enumerate(self.txs)
        ]  # fmt: skip

    def header(self) -> dict[str, Any]:
        """Return the block as nodes send it, with transaction hashes."""
        bloom = logs_bloom(self.logs())
        return {
            "number": hex(self.number), "hash": self.hash,
            "parentHash": self.parent.hash if self.parent else "0x" + "00" * 32, "timestamp": hex(self.time),
            "logsBloom": "0x" + bloom.to_bytes(256, "big").hex(), "receiptsRoot": receipts_root(self.receipts()),
            "transactions": [tx.hash for tx in self.txs],
        }  # fmt: skip


class SimChain:
    """A node's view of a chain.

    Args:
        chain_id: EIP-155 id.
        safe, final: how many blocks below the head are safe and final; None: the node has no such tags. With 0 the
            node calls its head final at every height and takes it back all the same, as Hardhat and Ganache do.
        genesis: makes genesis hashes differ.
        client: what the node calls itself.

    Attributes:
        head: the newest block.
        final: the finalized height; it only rises, unless a test lowers it.
        blocks: every block by hash, those of branches that were left too.
        lazy: hashes of blocks that name no parent and cannot be had by hash.
        listeners: called with the raw header of each new head.
        pending_listeners: called with each transaction that enters the pool (testing/simpool.py).
        answers: what takes the place of a method's answer, by its name (testing/simpool.py).
        contracts: what answers `eth_call`, by address in lower case (testing/simtoken.py).
        coins: the chain's own coins, by address in lower case; the same at every block.
    """

    def __init__(
        self, chain_id: int = 1337, *, safe: int | None = 4, final: int | None = 8, genesis: int = 0,
        client: str = "SimChain/1",
    ) -> None:  # fmt: skip
        self.chain_id, self.client = chain_id, client
        self.lazy: set[str] = set()
        self.safe_depth, self.final_depth = safe, final
        self._salt = genesis
        self._next_tx = 0
        self.head = SimBlock(0, None, (), genesis, 1_700_000_000)
        self.blocks: dict[str, SimBlock] = {self.head.hash: self.head}
        self.final = 0
        self._headers: dict[str, dict[str, Any]] = {}
        self._canonical: dict[int, SimBlock] = {0: self.head}
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.pending_listeners: list[Callable[[Any], None]] = []
        self.answers: dict[str, Callable[..., Any]] = {}
        self.contracts: dict[str, Callable[[SimBlock, bytes], bytes]] = {}
        self.coins: dict[str, int] = {}

    # ── making history ───────────────────────────────────────────────────────────────────────────────────────────

    def tx(self, *logs: SimLog) -> SimTx:
        """Make a new transaction."""
        self._next_tx += 1
        return SimTx(self._next_tx, logs)

    def ping(self, value: int, *more: int, address: str = CONTRACT, who: int = 1) -> SimTx:
        """Make a transaction that emits `Ping(who, value)` for each value."""
        topics = (PING_TOPIC, "0x" + f"{who:064x}")
        return self.tx(*(SimLog(address, topics, "0x" + f"{v:064x}") for v in (value, *more)))

    def pay(self, account: str, value: int) -> SimTx:
        """Make a transaction that adds `value` to the account's balance of the chain's coin."""
        self._next_tx += 1
        return SimTx(self._next_tx, (), ((account.lower(), value),))

    def balance(self, account: str, block: SimBlock | None = None) -> int:
        """Return what the account was paid up to a block; by default the head."""
        total, at = 0, block or self.head
        while True:
            total += sum(value for tx in at.txs for who, value in tx.pays if who == account.lower())
            if at.parent is None:
                return total
            at = at.parent

    def mine(self, txs: Sequence[SimTx] = (), *, on: SimBlock | None = None) -> SimBlock:
        """Mine a block on the head, or on `on`; the node shows it as its newest."""
        parent = on or self.head
        self._salt += 1
        block = SimBlock(parent.number + 1, parent, tuple(txs), self._salt, parent.time + 12)
        self.blocks[block.hash] = block
        self.show(block)
        return block

    def mine_many(self, count: int) -> None:
        """Mine empty blocks."""
        for _ in range(count):
            self.mine()

    def reorg(self, depth: int, branch: Sequence[Sequence[SimTx]]) -> SimBlock:
        """Replace the last `depth` blocks by new ones; listeners get the last one only."""
        base = self.ancestor(depth)
        quiet, self.listeners = self.listeners, []
        for txs in branch:
            base = self.mine(txs, on=base)
        self.listeners = quiet
        self.show(base)
        return base

    def rollback(self, depth: int) -> None:
        """Forget the newest blocks without telling listeners (chain.md F2, a silent rollback)."""
        quiet, self.listeners = self.listeners, []
        self.show(self.ancestor(depth))
        self.listeners = quiet

    def show(self, block: SimBlock) -> None:
        """Make `block` the head, on whichever branch it is (chain.md F21, flips)."""
        self.head = block
        for number in [n for n in self._canonical if n > block.number]:
            del self._canonical[number]
        at: SimBlock | None = block
        while at is not None and self._canonical.get(at.number) is not at:
            self._canonical[at.number] = at
            at = at.parent
        if self.final_depth == 0:
            self.final = block.number
        elif self.final_depth is not None:
            self.final = max(self.final, block.number - self.final_depth)
        for listener in list(self.listeners):
            listener(self._header(block))

    def revert_to(self, block: SimBlock) -> None:
        """Take back every block above `block`, final ones too, and tell nobody (`evm_revert`)."""
        self.final = min(self.final, block.number)
        self.rollback(self.height - block.number)

    def restart(self) -> None:
        """Begin anew with another genesis, as a dev node does that keeps no state."""
        self._salt += 1
        self.head = SimBlock(0, None, (), self._salt, self.head.time + 1)
        self.final = 0
        self.blocks, self._canonical = {self.head.hash: self.head}, {0: self.head}

    def mine_lazily(self, count: int) -> None:
        """Mine empty blocks that name no parent and are found by number only, until somebody asks (`hardhat_mine`)."""
        first = self.height + 2
        self.mine_many(count)
        self.lazy |= {block.hash for block in self.canonical() if first <= block.number < self.height}

    def set_time(self, seconds: int) -> None:
        """Change the head's time without changing its hash."""
        self.head.time = seconds
        self._headers.pop(self.head.hash, None)

    def copy(self) -> SimChain:
        """Return another node with the same history, which may then diverge."""
        other = SimChain(self.chain_id, safe=self.safe_depth, final=self.final_depth)
        other.head, other.blocks, other.final = self.head, self.blocks, self.final
        other._salt, other._next_tx = self._salt + 1_000, self._next_tx + 1_000
        other._canonical = dict(self._canonical)
        return other

    def ancestor(self, depth: int) -> SimBlock:
        """Return the block `depth` below the head."""
        block = self.head
        for _ in range(depth):
            assert block.parent is not None, "deeper than the chain"
            block = block.parent
        return block

    @property
    def height(self) -> int:
        """The head's number."""
        return self.head.number

    def at(self, number: int) -> SimBlock | None:
        """Return the canonical block of this number."""
        return self._canonical.get(number)

    def canonical(self) -> list[SimBlock]:
        """Return the blocks of the chain, genesis first."""
        return [self._canonical[n] for n in sorted(self._canonical)]

    def canonical_logs(self, after: int = -1) -> list[dict[str, Any]]:
        """Return every log of canonical blocks above `after`, in order: what rooms must have in the end."""
        return [log for block in self.canonical() if block.number > after for log in block.logs()]

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────

    def rpc(self, method: str, params: Sequence[Any]) -> Any:
        """Answer one JSON-RPC call as a node would; raises Fault."""
        if method in self.answers:
            return self.answers[method](*params)
        answer = self._METHODS.get(method)
        if answer is None:
            raise Fault(-32601, f"the method {method} does not exist")
        return answer(self, *params)

    def _header(self, block: SimBlock) -> dict[str, Any]:
        if block.hash not in self._headers:
            self._headers[block.hash] = block.header()
        header = dict(self._headers[block.hash])
        if block.hash in self.lazy:
            header["parentHash"] = "0x" + "00" * 32
        return header

    def _by_number(self, tag: str, _full: bool = False) -> dict[str, Any] | None:
        if tag in ("safe", "finalized"):
            depth = self.safe_depth if tag == "safe" else self.final_depth
            if depth is None:
                raise Fault(-39001, f"{tag} block not found")
            number = max(0, self.height - depth) if tag == "safe" else self.final
        else:
            number = self.height if tag == "latest" else int(tag, 16)
        block = self._canonical.get(number)
        return None if block is None else self._header(block)

    def _by_hash(self, block: str, _full: bool = False) -> dict[str, Any] | None:
        return self._header(self.blocks[block]) if block in self.blocks and block not in self.lazy else None

    def _get_logs(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in query:
            if query["blockHash"] not in self.blocks:
                raise Fault(-32000, "unknown block")
            logs = self.blocks[query["blockHash"]].logs()
        else:
            first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
            blocks = [self._canonical[n] for n in range(first, last + 1) if n in self._canonical]
            logs = [log for block in blocks for log in block.logs()]
        return [log for log in logs if _matches(query, log)]

    def _receipts(self, block: str) -> list[dict[str, Any]] | None:
        return self.blocks[block].receipts() if block in self.blocks else None

    def _at(self, where: Any) -> SimBlock:
        """Return the block that a call names by hash (EIP-1898), number or tag; raises Fault."""
        if isinstance(where, dict):
            block = self.blocks.get(where["blockHash"])
            if block is None or (where.get("requireCanonical") and self._canonical.get(block.number) is not block):
                raise Fault(-32001, "Resource not found")
            return block
        found = self.head if where == "latest" else self._canonical.get(int(where, 16))
        if found is None:
            raise Fault(-32001, "Resource not found")
        return found

    def _call(self, request: dict[str, Any], where: Any) -> str:
        block, contract = self._at(where), self.contracts.get(request["to"].lower())
        return "0x" if contract is None else "0x" + contract(block, bytes.fromhex(request["data"][2:])).hex()

    def _balance(self, address: str, where: Any) -> str:
        return hex(self.coins.get(address.lower(), 0) + self.balance(address, self._at(where)))

    def _code(self, address: str, where: Any) -> str:
        return "0x60" if address.lower() == CONTRACT or address.lower() in self.contracts else "0x"

    def _receipt(self, tx: str) -> dict[str, Any] | None:
        blocks = (block for block in self._canonical.values() if any(t.hash == tx for t in block.txs))
        found = next(blocks, None)
        return next((r for r in found.receipts() if r["transactionHash"] == tx), None) if found else None

    _METHODS: ClassVar[dict[str, Callable[..., Any]]] = {
        "eth_chainId": lambda self: hex(self.chain_id),
        "web3_clientVersion": lambda self: self.client,
        "eth_blockNumber": lambda self: hex(self.height),
        "eth_getBlockByNumber": _by_number,
        "eth_getBlockByHash": _by_hash,
        "eth_getLogs": _get_logs,
        "eth_getBlockReceipts": _receipts,
        "eth_getTransactionReceipt": _receipt,
        "eth_getCode": _code,
        "eth_call": _call,
        "eth_getBalance": _balance,
    }


def _matches(query: dict[str, Any], log: dict[str, Any]) -> bool:
    addresses = query.get("address")
    if addresses and log["address"] not in addresses:
        return False
    for at, wanted in enumerate(query.get("topics", [])):
        if wanted and (at >= len(log["topics"]) or log["topics"][at] not in wanted):
            return False
    return True
