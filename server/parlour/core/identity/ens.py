"""ENS names as hashes and words: EIP-137's namehash, and which names we are willing to show.

A name is shown only if ENSIP-15 leaves it as it is: a name that looks like another one is worse than none. Its ASCII
part is a regular expression here; for the rest of Unicode there is the reference implementation in Python, whose tables
take 0.2 s and 5 MB to load, and so are loaded with the first such name.
"""

from __future__ import annotations

import re

from eth_hash.auto import keccak

MAX_NAME = 255
_LABEL = re.compile(r"_*[a-z0-9-]+")


def is_normal(name: str) -> bool:
    """True for a name that ENSIP-15 leaves as it is. Milliseconds for what is not ASCII, the first time more.

    In ASCII that is: lower case, underscores only in front, no `--` in third place.
    """
    if len(name) > MAX_NAME:
        return False
    if name.isascii():
        return all(_is_label(label) for label in name.split("."))
    from ens_normalize import is_ens_normalized

    return bool(is_ens_normalized(name))


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
