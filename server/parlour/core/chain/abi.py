"""Event signatures of Solidity's ABI: read from text or JSON, and written back.

Source: the Solidity ABI specification ("Events", "JSON"). decoding.py reads the logs of an event, topics.py the values
that a watch filters by.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from parlour.errors import Invalid

# The identifiers and types of Solidity's grammar.
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,127}\Z")
_TYPE = re.compile(r"(address|bool|string|bytes([1-9]|[12]\d|3[0-2])?|u?int(\d{0,3})|function)((\[\d{0,9}\])*)\Z")
_MAX_TEXT = 2048
"""Characters of a signature: room for the longest ones of known contracts, and little work for a hostile one."""
_MAX_PARAMS = 64
"""Parameters of an event; Solidity's stack allows fewer."""
_MAX_DEPTH = 8
"""Tuples within tuples."""
_MAX_ITEMS = 512
"""Items of an uploaded ABI: functions and errors count too."""
_MAX_EVENTS = 32
"""Events of one watch."""

checksum: Callable[[str], str] = lru_cache(maxsize=65536)(to_checksum_address)
"""The EIP-55 form of an address; cached, because computing it takes 15 µs."""


@dataclass(frozen=True)
class Param:
    """One parameter of an event.

    Attributes:
        kind: its canonical type, such as `uint256` or `(address,uint8)[2]`.
        components: the fields of a tuple.
    """

    name: str
    kind: str
    indexed: bool = False
    components: tuple[Param, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Whether the chain keeps only the hash of an indexed value, because it takes more than one word."""
        return self.kind in ("string", "bytes") or self.kind.endswith("]") or self.kind.startswith("(")

    def text(self) -> str:
        """Return the parameter in its human-readable form, such as `address indexed from`."""
        kind = self.kind
        if self.components:
            inner = ", ".join(c.text() for c in self.components)
            kind = f"({inner}){kind[kind.rindex(')') + 1 :]}"
        return " ".join(part for part in (kind, "indexed" if self.indexed else "", self.name) if part)


@dataclass(frozen=True)
class Event:
    """An event's ABI."""

    name: str
    inputs: tuple[Param, ...]

    @cached_property
    def signature(self) -> str:
        """The canonical signature, such as `Transfer(address,address,uint256)`."""
        return f"{self.name}({','.join(p.kind for p in self.inputs)})"

    @cached_property
    def topic0(self) -> str:
        """The first topic of its logs: the hash of the signature."""
        return "0x" + keccak(text=self.signature).hex()

    @cached_property
    def text(self) -> str:
        """The human-readable form, as `room.watched` keeps it; `parse_event(text)` gives the event back."""
        return f"{self.name}({', '.join(p.text() for p in self.inputs)})"

    @cached_property
    def topics(self) -> int:
        """How many topics its logs carry, topic0 included."""
        return 1 + sum(p.indexed for p in self.inputs)

    @cached_property
    def unbounded(self) -> bool:
        """Whether a log may hold texts or lists of any length, which may be too large for an entry."""
        return any(p.dynamic and p.kind != "bytes" and not p.indexed for p in self.inputs)

    @cached_property
    def indexed(self) -> tuple[tuple[str, Param], ...]:
        """The indexed parameters, each with its key in `args`."""
        return tuple((n, p) for n, p in zip(self.names, self.inputs, strict=True) if p.indexed)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys of `args`: the parameter's name, or `arg<n>` where it has none or another has the same."""
        declared = {param.name for param in self.inputs}
        names: list[str] = []
        for n, param in enumerate(self.inputs):
            name = param.name
            if not name or name in names:
                name = f"arg{n}"
                while name in declared or name in names:
                    name += "_"
            names.append(name)
        return tuple(names)


def read_abi(abi: Any) -> list[Event]:
    """Read the events that a request names: a signature, an ABI item, or a whole ABI (a list; of signatures too).

    An event of a whole ABI that cannot be read (a type that Solidity does not have, such as Vyper's `fixed168x10`) is
    left out, and the others are watched.

    Raises:
        Invalid: none of these, or an ABI without an event that can be read.
    """
    if isinstance(abi, str):
        return [parse_event(abi)]
    items = [abi] if isinstance(abi, dict) else abi
    if not isinstance(items, list) or len(items) > _MAX_ITEMS:
        raise _bad(f"event is a signature, an ABI item, or an ABI (a list of at most {_MAX_ITEMS} items)")
    found: list[Event] = []
    faults: list[Invalid] = []
    for item in items:
        if isinstance(item, str):
            found.append(parse_event(item))
        elif isinstance(item, dict) and item.get("type") == "event":
            try:
                event = _abi_event(item)
            except Invalid as fault:
                faults.append(fault)
                continue
            if event is not None:
                found.append(event)
    if not found:
        raise faults[0] if faults else _bad("the ABI holds no event")
    if len(found) > _MAX_EVENTS:
        raise _bad(f"a watch takes at most {_MAX_EVENTS} events; name one by its signature")
    return found


def watch_warning(abi: Any) -> str | None:
    """Return `indexed` for a signature without an indexed parameter, as explorers print them; else None.

    Whether the contract's own are cannot be told from it: if they are, its events come as topics and data.
    """
    texts = [each for each in (abi if isinstance(abi, list) else [abi]) if isinstance(each, str)]
    events = map(parse_event, texts)
    return "indexed" if any(event.inputs and event.topics == 1 for event in events) else None


def parse_event(text: str) -> Event:
    """Read a signature such as `Transfer(address indexed from, address indexed to, uint256 value)`.

    A leading `event`, a trailing `;` and tuples `(uint8 a, string b)[] rows` are accepted.

    Raises:
        Invalid: it is not an event signature; the message says where it stops making sense.
    """
    if len(text) > _MAX_TEXT or not text.isascii():
        raise _bad(f"an event signature is ASCII and at most {_MAX_TEXT} characters")
    body = text.strip().removesuffix(";").rstrip()
    body = re.sub(r"^event\s+", "", body)
    match = re.match(r"([A-Za-z_$][A-Za-z0-9_$]{0,127})\s*\(", body)
    if match is None:
        raise _bad(f'{text[:80]!r} should look like "Transfer(address indexed from, uint256 value)"')
    inside, rest = _split_at_close(body, match.end())
    if re.search(r"\banonymous\b", rest):
        raise _bad("anonymous events have no topic to watch")
    if rest.strip():
        raise _bad(f"unexpected {rest.strip()[:40]!r} after the closing parenthesis")
    return _event(match.group(1), [_text_param(p, top=True) for p in _split_at_commas(inside)])


def _bad(why: str) -> Invalid:
    return Invalid(f"The event cannot be read: {why}.", details={"path": "watch.event"})


def _event(name: str, inputs: list[Param]) -> Event:
    if len(inputs) > _MAX_PARAMS:
        raise _bad(f"more than {_MAX_PARAMS} parameters")
    if sum(p.indexed for p in inputs) > 3:
        raise _bad("at most three parameters can be indexed")
    return Event(name, tuple(inputs))


def _canonical(kind: str) -> str:
    match = _TYPE.match(kind)
    if match is None:
        raise _bad(f"{kind[:40]!r} is not a Solidity type")
    base, bits = match.group(1), match.group(3)
    if base in ("int", "uint"):
        return base + "256" + match.group(4)
    if bits and (not 8 <= int(bits) <= 256 or int(bits) % 8 or bits[0] == "0"):
        raise _bad(f"{base!r} is not a Solidity type")
    return base + match.group(4)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _abi_event(item: dict[str, Any]) -> Event | None:
    if item.get("anonymous"):
        return None
    name, inputs = item.get("name"), item.get("inputs", [])
    if not isinstance(name, str) or not _NAME.match(name) or not isinstance(inputs, list):
        raise _bad("an ABI event needs a name and a list of inputs")
    return _event(name, [_abi_param(p, 0) for p in inputs])


def _abi_param(item: Any, depth: int) -> Param:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or depth > _MAX_DEPTH:
        raise _bad("an ABI input needs a type")
    kind, name = item["type"], item.get("name") or ""
    if not isinstance(name, str) or (name and not _NAME.match(name)):
        raise _bad(f"{str(name)[:40]!r} is not a name")
    if kind.startswith("tuple"):
        parts = item.get("components")
        if not isinstance(parts, list) or not re.fullmatch(r"tuple(\[\d{0,9}\])*", kind):
            raise _bad("a tuple needs components")
        inner = tuple(_abi_param(p, depth + 1) for p in parts)
        canonical = "(" + ",".join(p.kind for p in inner) + ")" + kind[5:]
        return Param(name, canonical, bool(item.get("indexed")), inner)
    return Param(name, _canonical(kind), bool(item.get("indexed")))


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _split_at_close(text: str, start: int) -> tuple[str, str]:
    """Split at the parenthesis that closes the one before `start`: what is inside, and the rest."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at], text[at + 1 :]
        if depth > _MAX_DEPTH:
            raise _bad("tuples are nested too deeply")
    raise _bad("a closing parenthesis is missing")


def _split_at_commas(inside: str) -> list[str]:
    """Split at the commas outside of inner parentheses."""
    if not inside.strip():
        return []
    parts, depth, last = [], 0, 0
    for at, char in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(inside[last:at])
            last = at + 1
    return [*parts, inside[last:]]


def _text_param(text: str, top: bool) -> Param:
    text = text.strip()
    inner: tuple[Param, ...] = ()
    if match := re.match(r"(tuple\s*)?\(", text):
        inside, rest = _split_at_close(text, match.end())
        inner = tuple(_text_param(p, top=False) for p in _split_at_commas(inside))
        array = re.match(r"(\[\d{0,9}\])*", rest)
        suffix = array.group(0) if array else ""
        kind, words = "(" + ",".join(p.kind for p in inner) + ")" + suffix, rest[len(suffix) :].split()
    else:
        first, *words = text.split() or [""]
        kind = _canonical(first)
    indexed = "indexed" in words[:1]
    words = words[1:] if indexed else words
    if (indexed and not top) or len(words) > 1 or any(not _NAME.match(w) for w in words):
        raise _bad(f"{text[:60]!r} should be a type, then perhaps `indexed`, then perhaps a name")
    return Param(words[0] if words else "", kind, indexed, inner)
