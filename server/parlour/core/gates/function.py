"""Functions of contracts: a Solidity signature, the call data it leads to, and the number it returns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_hash.auto import keccak

from parlour.core.identity.accounts import checksum
from parlour.errors import Invalid

ACCOUNT = "$account"
"""What stands for the holder's address among the arguments."""
MAX_TEXT = 512
"""Characters of a signature: room for those of known contracts."""
MAX_ARGS = 8
"""Arguments: no known balance takes more."""
MAX_ARG = 512
"""Characters of one text or bytes among them."""
_NAME = r"[A-Za-z_$][A-Za-z0-9_$]{0,127}"
_SIGNATURE = re.compile(rf"\s*(?:function\s+)?({_NAME})\s*\(([^()]*)\)\s*([a-z\s]*?)\s*returns\s*\(([^()]*)\)\s*;?\s*")
_PARAM = re.compile(rf"([a-z0-9]+)(?:\s+(?:memory|calldata))?(?:\s+{_NAME})?")
_TYPE = re.compile(r"address|bool|string|bytes([1-9]|[12]\d|3[0-2])?|(u?int)(\d{1,3})?")
_MODIFIERS = {"view", "pure", "external", "public"}


@dataclass(frozen=True)
class Function:
    """A function that reads: `name(inputs) returns (output)`.

    Attributes:
        inputs: canonical types.
        output: `bool` or `uint<n>`.
    """

    name: str
    inputs: tuple[str, ...]
    output: str

    @cached_property
    def selector(self) -> bytes:
        """The first four bytes of its call data."""
        found: bytes = keccak(f"{self.name}({','.join(self.inputs)})".encode())[:4]
        return found

    def check(self, args: Any, path: str) -> None:
        """Raise Invalid, naming `path`, unless these arguments can be encoded."""
        if not isinstance(args, list) or len(args) != len(self.inputs):
            raise _bad(f"{self.name} takes {len(self.inputs)} arguments; give as many", path)
        self.call_data(args, "0x" + "11" * 20, path)

    def call_data(self, args: Sequence[Any], holder: str, path: str = "args") -> bytes:
        """Return the call data, with the holder's address in place of `$account`."""
        from eth_abi.abi import encode  # only here: commands that make no call import this module too

        values = []
        for number, (kind, value) in enumerate(zip(self.inputs, args, strict=True)):
            try:
                values.append(_value(kind, holder if value == ACCOUNT else value))
            except (ValueError, TypeError, Invalid):
                raise _bad(f"{str(value)[:60]!r} is not a value of type {kind}", f"{path}.{number}") from None
        try:
            encoded: bytes = encode(self.inputs, values)
        except Exception as error:  # eth_abi raises its own tree, TypeErrors and OverflowErrors alike
            raise _bad(f"{self.name} does not take these arguments", path) from error
        return self.selector + encoded


def parse_function(text: Any, path: str) -> Function:
    """Read a signature such as `stakedOf(address who) view returns (uint256)`.

    Raises:
        Invalid: it is none, or it returns anything but one `uint` or `bool`.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise _bad("function is a signature, such as stakedOf(address who) view returns (uint256)", path)
    found = _SIGNATURE.fullmatch(text)
    if found is None or not _MODIFIERS.issuperset(found[3].split()):
        raise _bad(f"{text[:80]!r} should look like stakedOf(address who) view returns (uint256)", path)
    inputs = tuple(_kind(part, path) for part in found[2].split(",")) if found[2].strip() else ()
    if len(inputs) > MAX_ARGS:
        raise _bad(f"a function takes at most {MAX_ARGS} arguments", path)
    output = _kind(found[4], path)
    if output != "bool" and not output.startswith("uint"):
        raise _bad(f"{found[1]} must return one uint or bool, not {output}", path)
    return Function(found[1], inputs, output)


def _kind(part: str, path: str) -> str:
    """Return the canonical type of a parameter, whose name may be left out."""
    found = _PARAM.fullmatch(part.strip())
    kind = found[1] if found else part.strip()
    known = _TYPE.fullmatch(kind)
    if found is None or known is None:
        raise _bad(f"{part.strip()[:40]!r} is not a type that a gate can use", path)
    if known[2]:
        bits = int(known[3] or 256)
        if not 8 <= bits <= 256 or bits % 8 or (known[3] or "8")[0] == "0":
            raise _bad(f"{kind!r} is not a Solidity type", path)
        return f"{known[2]}{bits}"
    return kind


def _value(kind: str, given: Any) -> Any:
    """Return a JSON value as eth_abi encodes it; raises ValueError, TypeError or Invalid where it does not fit."""
    if kind == "address":
        return checksum(given if isinstance(given, str) else "")
    if kind == "bool":
        if not isinstance(given, bool):
            raise ValueError("not a boolean")
        return given
    if kind == "string" or kind.startswith("bytes"):
        if not isinstance(given, str) or len(given) > MAX_ARG:
            raise ValueError("not a short text")
        return given if kind == "string" else _bytes(kind, given)
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise ValueError("not a number")
    if isinstance(given, str) and re.fullmatch(r"-?\d{1,78}", given) is None:
        raise ValueError("not a decimal number")
    return int(given)


def _bytes(kind: str, given: str) -> bytes:
    if not given.startswith("0x"):
        raise ValueError("not hex")
    raw = bytes.fromhex(given[2:])
    if kind != "bytes" and len(raw) != int(kind[5:]):
        raise ValueError("another length")
    return raw


def _bad(why: str, path: str) -> Invalid:
    return Invalid(f"The gate cannot be used: {why}.", details={"path": path})
