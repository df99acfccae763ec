"""Hashes ENS names (EIP-137), and says which of them may be shown.

A name is shown only if ENSIP-15 leaves it as it is: a name that resembles another one is worse than none. The ASCII
part of that rule is a regular expression here. For the rest of Unicode there is the reference implementation in Python;
its tables cost 0.2 s and 5 MB, so they are loaded with the first such name.
"""

from __future__ import annotations

import re

from eth_hash.auto import keccak

MAX_NAME = 255
"""Characters of a name; longer ones nobody reads."""
_LABEL = re.compile(r"_+|_*[a-z0-9$-]+")


def is_normal(name: str) -> bool:
    """Return whether ENSIP-15 leaves a name unchanged; takes milliseconds for names beyond ASCII.

    In ASCII that is: `a-z 0-9 $ -`, underscores only in front or alone, no `--` in third place.
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
    """Return the 32-byte node of a normalised name (EIP-137)."""
    node = bytes(32)
    for label in reversed(name.split(".") if name else []):
        node = keccak(node + keccak(label.encode()))
    return node


def reverse_node(address: str) -> bytes:
    """Return the node under `addr.reverse` where an address sets its name (ENSIP-3)."""
    return namehash(f"{address[2:].lower()}.addr.reverse")
