"""Bodies of entries that a watch of the chain leads to (protocol §5)."""

from __future__ import annotations

from parlour.protocol.values import BlockRef, Finality, Hash, JsonObject, Maybe, Seq, Shape


class Block(BlockRef):
    """A block with its own time, in seconds."""

    time: int


class ChainEvent(Shape):
    """An event of a watched contract; an undecodable one has `topics` and `data` instead of `event` and `args`."""

    watch: str
    chain: int
    address: str
    event: Maybe[str] = None
    args: Maybe[JsonObject] = None
    topics: Maybe[list[str]] = None
    data: Maybe[str] = None
    block: Block
    tx: Hash
    log_index: int
    status: Finality
    late: Maybe[bool] = None


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


class ChainGap(Shape):
    """Events that a limit held back, instead of silence."""

    watch: str
    chain: int
    from_: BlockRef
    to: BlockRef
    dropped: int
    reason: str


BODIES: dict[str, type[Shape]] = {
    "chain.event": ChainEvent,
    "chain.moved": ChainMoved,
    "chain.reverted": ChainReverted,
    "chain.confirmed": ChainConfirmed,
    "chain.gap": ChainGap,
}
