"""Contracts on a dev chain, called by their ABI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak


def abi_type(item: dict[str, Any]) -> str:
    """Return the canonical type of an ABI parameter: tuples become `(…)`."""
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(abi_type(c) for c in item["components"]) + ")" + kind[5:]


@dataclass(frozen=True)
class Deployed:
    """A contract on a dev chain: EIP-55 address and its ABI."""

    address: str
    abi: Sequence[dict[str, Any]]

    def encode(self, function: str, args: Sequence[Any]) -> str:
        """Return the call data (0x hex) of a function with these arguments."""
        item = self.function(function, len(args))
        types = [abi_type(i) for i in item["inputs"]]
        selector = keccak(text=f"{item['name']}({','.join(types)})")[:4]
        return "0x" + (selector + encode(types, args)).hex()

    def function(self, name: str, arity: int | None = None) -> dict[str, Any]:
        """Return the ABI item of a function; raises LookupError."""
        for item in self.abi:
            if item["type"] == "function" and item["name"] == name and arity in (None, len(item["inputs"])):
                return dict(item)
        raise LookupError(f"The contract has no function {name} with {arity} arguments.")
