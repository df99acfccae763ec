"""ENS names as hashes and words: EIP-137's namehash, and which names we are willing to show.

ENSIP-15 normalisation of all Unicode needs tables of 60 kB; we take its ASCII part and show an address instead of any
other name. A name that looks like another one is worse than none.
"""

from __future__ import annotations

import re

from eth_hash.auto import keccak

MAX_NAME = 255
_LABEL = re.compile(r"_*[a-z0-9-]+")


def is_normal(name: str) -> bool:
    """True for a name of ASCII labels that ENSIP-15 leaves as it is: lower case, underscores only in front, no `--` in
    third place."""
    return len(name) <= MAX_NAME and all(_is_label(label) for label in name.split("."))


def _is_label(label: str) -> bool:
    return _LABEL.fullmatch(label) is not None and label[2:4] != "--"


def namehash(name: str) -> bytes:
    """The 32-byte node of a normalised name (EIP-137)."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(label.encode()))
    return node


def reverse_node(address: str) -> bytes:
    """The node under `addr.reverse` where an address says its name (ENSIP-3)."""
    return namehash(f"{address[2:].lower()}.addr.reverse")
