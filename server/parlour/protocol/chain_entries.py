"""Bodies of entries that a watch of the chain leads to (protocol §5)."""

from __future__ import annotations

from typing import Literal

from parlour.protocol.values import BlockRef, Finality, Hash, JsonObject, Maybe, Millis, Seq, Shape


class Block(BlockRef):
    """A block with its own time, in seconds."""

    time: int


class BlockFacts(Shape):
    """What a block's header says."""

    number: int
    hash: Hash
    parent: Hash
    time: int
    transactions: int
    gas_used: int | None
    gas_limit: int | None
    base_fee: Maybe[str] = None
    """In wei."""
    blob_gas_used: Maybe[int] = None
    miner: str | None
    size: int | None
    """Bytes; null where the node does not say."""


class ChainEvent(Shape):
    """An event of a watched contract; an undecodable one has `topics` and `data` instead of `args`."""

    watch: str
    chain: int
    address: str
    event: Maybe[str] = None
    signature: Maybe[str] = None
    """The event's canonical signature, which tells overloads apart."""
    args: Maybe[JsonObject] = None
    topics: Maybe[list[str]] = None
    data: Maybe[str] = None
    block: Block
    tx: str
    """32 bytes as `0x` hex; on a Solana cluster the signature in base58, and empty where an account is told."""
    log_index: int
    status: Finality
    late: Maybe[bool] = None
    fill: Maybe[Seq] = None
    """The gap that this event was read for."""


class ChainMoved(Shape):
    """These events stand in another block now, unchanged."""

    chain: int
    of: list[Seq]
    block: Block


class VoidEntry(Shape):
    """An entry that no longer holds, and why."""

    seq: Seq
    reason: str


class ChainReverted(Shape):
    """These events never happened, and what rested on them is void; `block` is the last one both branches share."""

    chain: int
    of: list[Seq]
    block: BlockRef
    void: list[VoidEntry]


class ChainConfirmed(Shape):
    """Everything up to this block has this status."""

    chain: int
    up_to: BlockRef
    status: Finality
    confirmations: Maybe[int] = None


class GapEnd(BlockRef):
    """The first or last event of a gap: its block, and its place among the block's logs."""

    log_index: int


class ChainGap(Shape):
    """Events that a limit held back, instead of silence; `room:watch {fill}` reads them again."""

    watch: str
    chain: int
    from_: GapEnd
    to: GapEnd
    dropped: int
    reason: str


class ChainStalled(Shape):
    """The room is so many entries behind what its rules rest on; nothing is left out, it comes later."""

    watch: str
    chain: int
    waiting: int
    block: BlockRef


class ChainBlock(BlockFacts):
    """A block that joined the chain."""

    watch: str
    chain: int
    status: Finality


class TokenMeta(Shape):
    """What a token says of itself; nobody vouches for it."""

    symbol: str
    decimals: int


class ChainBalance(Shape):
    """An account's balance as of a block; null where the token did not say."""

    watch: str
    chain: int
    account: str
    token: str
    """The token's address, or `native`."""
    balance: str | None
    block: BlockRef
    status: Finality
    odd: Maybe[str] = None
    meta: Maybe[TokenMeta] = None


class WalletTrack(Shape):
    """The room tracks a transaction from here on."""

    chain: int
    hash: Hash
    to: Maybe[str] = None
    nonce: Maybe[int] = None
    from_: Maybe[str] = None
    deadline: Maybe[Millis] = None
    """When nobody waits for it any more."""


class WalletTransaction(Shape):
    """What became of a tracked transaction."""

    of: Seq
    """Its `wallet.track`."""
    chain: int
    hash: Hash
    status: Literal[
        "submitted", "pending", "included", "safe", "finalized", "failed", "replaced", "dropped", "orphaned"
    ]
    block: Maybe[BlockRef] = None
    index: Maybe[int] = None
    confirmations: Maybe[int] = None
    gas_used: Maybe[str] = None
    replaced_by: Maybe[Hash] = None
    replacement: Maybe[Literal["repriced", "cancelled", "replaced"]] = None
    reason: Maybe[str] = None
    final: Maybe[bool] = None
    """Of `failed`, `replaced` and `dropped`: that nothing follows any more."""


class WalletTransfer(Shape):
    """Tokens came to a wallet, left it, or moved within it."""

    watch: str
    chain: int
    token: str
    standard: Literal["erc20", "erc721", "erc1155"]
    value: Maybe[str] = None
    """In smallest units."""
    id: Maybe[str] = None
    ids: Maybe[list[str]] = None
    """Of a batch; `values` has as many."""
    values: Maybe[list[str]] = None
    from_: str
    to: str
    direction: Literal["in", "out", "self"]
    block: Block
    tx: Hash
    log_index: int
    status: Finality
    late: Maybe[bool] = None


class WalletBalance(Shape):
    """What a wallet holds of a token, or of the chain's own coin, as of a block."""

    watch: str
    chain: int
    token: str
    """`native` for the chain's own coin."""
    balance: str | None
    block: BlockRef
    status: Finality
    odd: Maybe[str] = None
    meta: Maybe[TokenMeta] = None


class FillLeg(Shape):
    """One side of a filled order."""

    token: str
    amount: str


class OrderFill(Shape):
    """An order that a solver or filler settled; UniswapX names neither tokens nor amounts."""

    venue: Literal["cow", "uniswapx"]
    order: str
    owner: str
    filler: Maybe[str] = None
    sell: FillLeg | None
    buy: FillLeg | None
    fee: Maybe[str] = None
    partial: bool
    """Whether the same order was filled before."""
    chain: int
    block: Block
    tx: Hash
    log_index: int
    status: Finality
    late: Maybe[bool] = None


class WalletFill(OrderFill):
    """An order of the account's that was settled."""

    watch: str


BODIES: dict[str, type[Shape]] = {
    "chain.event": ChainEvent,
    "chain.block": ChainBlock,
    "chain.balance": ChainBalance,
    "chain.moved": ChainMoved,
    "chain.reverted": ChainReverted,
    "chain.confirmed": ChainConfirmed,
    "chain.gap": ChainGap,
    "chain.stalled": ChainStalled,
    "wallet.transfer": WalletTransfer,
    "wallet.balance": WalletBalance,
    "wallet.fill": WalletFill,
    "wallet.track": WalletTrack,
    "wallet.transaction": WalletTransaction,
}


class ShownBlock(BlockFacts):
    """A block in a chain room's state."""

    status: Finality


class ShownHead(BlockRef):
    """The newest block."""

    time: int


class ChainState(Shape):
    """What a join of a chain room answers as `state`; patches follow."""

    chain: int
    head: ShownHead | None
    safe: BlockRef | None
    finalized: BlockRef | None
    lag: int
    """Milliseconds from the newest block's time to its entry."""
    base_fee: str | None
    """The median of the blocks shown, in wei."""
    blocks: list[ShownBlock]
    """The newest 32, oldest first."""
    stale: Maybe[Literal[True]] = None
    """Nothing is heard of the chain."""
