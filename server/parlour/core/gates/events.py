"""The logs that may change whether a gate is passed, and whom each concerns."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

from eth_hash.auto import keccak

from parlour.core.gates.tree import Balance, CallLeaf, Gate


class Emitted(Protocol):
    """A log: the contract (lower case) and its topics (0x hex, lower case)."""

    @property
    def address(self) -> str: ...

    @property
    def topics(self) -> tuple[str, ...]: ...


class Route(NamedTuple):
    """Logs with this first topic, of this contract (lower case)."""

    topic: str
    address: str


def _topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


TRANSFER = _topic("Transfer(address,address,uint256)")
"""Of ERC-20 and ERC-721 alike."""
TRANSFER_SINGLE = _topic("TransferSingle(address,address,address,uint256,uint256)")
TRANSFER_BATCH = _topic("TransferBatch(address,address,address,uint256[],uint256[])")
DELEGATIONS = (
    _topic("DelegateAll(address,address,bytes32,bool)"),
    _topic("DelegateContract(address,address,address,bytes32,bool)"),
    _topic("DelegateERC721(address,address,address,uint256,bytes32,bool)"),
    _topic("DelegateERC20(address,address,address,bytes32,uint256)"),
    _topic("DelegateERC1155(address,address,address,uint256,bytes32,uint256)"),
)
"""Events of delegate.xyz v2; vault and delegate are the first two indexed arguments."""
_CONCERNED = {
    TRANSFER: (1, 2),
    TRANSFER_SINGLE: (2, 3),
    TRANSFER_BATCH: (2, 3),
    **dict.fromkeys(DELEGATIONS, (1, 2)),
}
"""First topic → the topics that name addresses."""


@lru_cache(maxsize=4096)
def routes_of(gate: Gate) -> dict[int, set[Route]]:
    """Return by chain which logs may change the right of a member."""
    found: dict[int, set[Route]] = {}
    for leaf in gate.leaves:
        if not isinstance(leaf, Balance | CallLeaf):
            continue
        routes = found.setdefault(leaf.chain, set())
        if isinstance(leaf, Balance) and leaf.standard != "native":
            topics = (TRANSFER_SINGLE, TRANSFER_BATCH) if leaf.standard == "erc1155" else (TRANSFER,)
            routes.update(Route(topic, leaf.token.lower()) for topic in topics)
        if gate.delegates:
            routes.update(Route(topic, gate.delegates.lower()) for topic in DELEGATIONS)
    return found


def concerned(log: Emitted) -> list[str]:
    """Return the addresses (lower case) whose holdings a log changes."""
    places = _CONCERNED.get(log.topics[0], ()) if log.topics else ()
    return [_address(log.topics[at]) for at in places if at < len(log.topics)]


def is_polled(gate: Gate) -> bool:
    """Return whether a leaf's number may change without a log: coins, contract calls, and ERC-20s that rebase."""
    kinds = (leaf.standard if isinstance(leaf, Balance) else "call" for leaf in gate.leaves if _on_chain(leaf))
    return any(kind in ("native", "call", "erc20") for kind in kinds)


def asks_each_join(gate: Gate) -> bool:
    """Return whether every join asks again: no log tells of the end of the right, or the gate wants it so."""
    unlogged = any(isinstance(leaf, CallLeaf) or _is_native(leaf) for leaf in gate.leaves)
    return unlogged or not gate.live


def _on_chain(leaf: object) -> bool:
    return isinstance(leaf, Balance | CallLeaf)


def _is_native(leaf: object) -> bool:
    return isinstance(leaf, Balance) and leaf.standard == "native"


def _address(topic: str) -> str:
    return "0x" + topic[-40:]
