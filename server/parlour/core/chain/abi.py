"""Event signatures and their decoding: Solidity's ABI, as values a room may keep.

Every (u)int becomes a decimal string (10^77 does not fit a JSON number), addresses are EIP-55, bytes are 0x hex,
tuples are objects, arrays lists. An indexed value of a dynamic type exists on the chain only as its hash, and is given
as that. Events whose unindexed values are all single words take a fast path; the others go through eth_abi.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import is_address, to_checksum_address
from eth_utils.crypto import keccak

from parlour.errors import Invalid

MAX_DATA = 64 * 1024
"""Bytes of log data that are decoded at all; beyond, the log counts as undecodable (chain.md §2)."""

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,127}\Z")
_TYPE = re.compile(r"(address|bool|string|bytes([1-9]|[12]\d|3[0-2])?|u?int(\d{0,3})|function)((\[\d{0,9}\])*)\Z")
_MAX_TEXT = 2048
_MAX_PARAMS = 64

checksum: Callable[[str], str] = lru_cache(maxsize=65536)(to_checksum_address)  # 15 µs each without the cache


class Undecodable(Exception):
    """The log does not fit the event: other topics, short data, bad padding, text that is not UTF-8."""


@dataclass(frozen=True)
class Param:
    """One parameter; `kind` is canonical (`uint256`, `(address,uint8)[2]`)."""

    name: str
    kind: str
    indexed: bool = False
    components: tuple[Param, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Whether an indexed value is only a hash: everything that is not a single word."""
        return self.kind in ("string", "bytes") or self.kind.endswith("]") or self.kind.startswith("(")

    def text(self) -> str:
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
        return f"{self.name}({','.join(p.kind for p in self.inputs)})"

    @cached_property
    def topic0(self) -> str:
        return "0x" + keccak(text=self.signature).hex()

    @cached_property
    def text(self) -> str:
        """The human-readable form, as `room.watched` keeps it; `parse_event(text)` gives the event back."""
        return f"{self.name}({', '.join(p.text() for p in self.inputs)})"

    @cached_property
    def topics(self) -> int:
        """Topics a log of this event carries, topic0 included."""
        return 1 + sum(p.indexed for p in self.inputs)

    @cached_property
    def indexed(self) -> tuple[tuple[str, Param], ...]:
        return tuple((n, p) for n, p in zip(self.names, self.inputs, strict=True) if p.indexed)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys of `args`: the parameter's name, or `arg<n>` where it has none or the name is taken."""
        seen: set[str] = set()
        names = []
        for n, param in enumerate(self.inputs):
            name = param.name if param.name and param.name not in seen else f"arg{n}"
            seen.add(name)
            names.append(name)
        return tuple(names)

    @cached_property
    def decoder(self) -> Callable[[Sequence[str], str], dict[str, Any]]:
        """`decode(topics, data) -> args` for logs of this event; raises Undecodable."""
        return _decoder(self)


# ── reading signatures ───────────────────────────────────────────────────────────────────────────────────────────


def parse_event(text: str) -> Event:
    """Read `Transfer(address indexed from, address indexed to, uint256 value)`; a leading `event`, a trailing `;` and
    tuples `(uint8 a, string b)[] rows` are fine.

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
    inside, rest = _balanced(body, match.end())
    if re.search(r"\banonymous\b", rest):
        raise _bad("anonymous events have no topic to watch")
    if rest.strip():
        raise _bad(f"unexpected {rest.strip()[:40]!r} after the closing parenthesis")
    return _event(match.group(1), [_param(p, top=True) for p in _split(inside)])


def read_abi(abi: Any) -> list[Event]:
    """The events of what a request may hold under `event`: a signature, an ABI item, or a whole ABI (a list).

    Raises:
        Invalid: none of these, or an ABI without events.
    """
    if isinstance(abi, str):
        return [parse_event(abi)]
    items = [abi] if isinstance(abi, dict) else abi
    if not isinstance(items, list) or len(items) > 512:
        raise _bad("event is a signature, an ABI item, or an ABI (a list of at most 512 items)")
    events = [_abi_event(i) for i in items if isinstance(i, dict) and i.get("type") == "event"]
    found = [e for e in events if e is not None]
    if not found:
        raise _bad("the ABI holds no event")
    if len(found) > 32:
        raise _bad("a watch takes at most 32 events; name one by its signature")
    return found


def _bad(why: str) -> Invalid:
    return Invalid(f"The event cannot be read: {why}.", details={"path": "watch.event"})


def _event(name: str, inputs: list[Param]) -> Event:
    if len(inputs) > _MAX_PARAMS:
        raise _bad(f"more than {_MAX_PARAMS} parameters")
    if sum(p.indexed for p in inputs) > 3:
        raise _bad("at most three parameters can be indexed")
    return Event(name, tuple(inputs))


def _abi_event(item: dict[str, Any]) -> Event | None:
    if item.get("anonymous"):
        return None
    name, inputs = item.get("name"), item.get("inputs", [])
    if not isinstance(name, str) or not _NAME.match(name) or not isinstance(inputs, list):
        raise _bad("an ABI event needs a name and a list of inputs")
    return _event(name, [_abi_param(p, 0) for p in inputs])


def _abi_param(item: Any, depth: int) -> Param:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or depth > 8:
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


def _canonical(kind: str) -> str:
    match = _TYPE.match(kind)
    if match is None:
        raise _bad(f"{kind[:40]!r} is not a Solidity type")
    base, bits = match.group(1), match.group(3)
    if base in ("int", "uint"):
        return base + "256" + match.group(4)
    if bits and (not 8 <= int(bits) <= 256 or int(bits) % 8 or bits[0] == "0"):
        raise _bad(f"{base!r} is not a Solidity type")
    return ("bytes24" if base == "function" else base) + match.group(4)


def _balanced(text: str, start: int) -> tuple[str, str]:
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at], text[at + 1 :]
        if depth > 8:
            raise _bad("tuples are nested too deeply")
    raise _bad("a closing parenthesis is missing")


def _split(inside: str) -> list[str]:
    if not inside.strip():
        return []
    parts, depth, last = [], 0, 0
    for at, char in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(inside[last:at])
            last = at + 1
    return [*parts, inside[last:]]


def _param(text: str, top: bool) -> Param:
    text = text.strip()
    inner: tuple[Param, ...] = ()
    if match := re.match(r"(tuple\s*)?\(", text):
        inside, rest = _balanced(text, match.end())
        inner = tuple(_param(p, top=False) for p in _split(inside))
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


# ── topics from values ───────────────────────────────────────────────────────────────────────────────────────────


def topic_of(param: Param, value: Any) -> str:
    """The 32-byte topic (0x hex) that a filter on an indexed parameter compares with.

    Raises:
        Invalid: the value does not fit the type.
    """
    try:
        if param.dynamic:
            return _hashed(param, value)
        word: bytes = encode([param.kind], [_plain(param.kind, value)])
        return "0x" + word.hex()
    except Invalid:
        raise
    except Exception as error:  # eth_abi raises its own tree, TypeErrors and OverflowErrors alike
        raise _misfit(param, value) from error


def _misfit(param: Param, value: Any) -> Invalid:
    return Invalid(
        f"where.{param.name}: {str(value)[:60]!r} is not a value of type {param.kind}.",
        details={"path": f"watch.where.{param.name}"},
    )


def _hashed(param: Param, value: Any) -> str:
    if not isinstance(value, str):
        raise _misfit(param, value)
    if param.kind == "string":
        return "0x" + keccak(text=value).hex()
    if param.kind == "bytes":
        return "0x" + keccak(bytes.fromhex(value.removeprefix("0x"))).hex()
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", value):
        raise Invalid(f"where.{param.name}: give the 32-byte hash of a {param.kind}.", details={"path": "watch.where"})
    return value.lower()


def _plain(kind: str, value: Any) -> Any:
    if kind == "address":
        if not is_address(value):
            raise ValueError("not an address")
        return value
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError("not a boolean")
        return value
    if kind.startswith("bytes"):
        raw = bytes.fromhex(value.removeprefix("0x"))
        if len(raw) != int(kind[5:]):
            raise ValueError("wrong length")
        return raw
    if isinstance(value, bool):
        raise ValueError("not a number")
    return int(value, 0) if isinstance(value, str) else int(value)


# ── decoding ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _word_reader(kind: str) -> Callable[[str], Any] | None:
    """A reader of one 64-digit word, or None for types that are not a single word."""
    if kind == "address":
        return _address
    if kind == "bool":
        return _bool
    if match := re.fullmatch(r"(u?)int(\d+)", kind):
        return _uint(int(match.group(2))) if match.group(1) else _int(int(match.group(2)))
    if match := re.fullmatch(r"bytes(\d+)", kind):
        return _bytes(int(match.group(1)) * 2)
    return None


_ZEROS = "0" * 64


def _address(word: str) -> str:
    if word[:24] != _ZEROS[:24]:
        raise Undecodable("an address with dirty padding")
    return checksum("0x" + word[24:])


def _bool(word: str) -> bool:
    if word[:63] != _ZEROS[:63] or word[63] not in "01":
        raise Undecodable("a bool that is neither 0 nor 1")
    return word[63] == "1"


def _uint(bits: int) -> Callable[[str], str]:
    if bits == 256:
        return lambda word: str(int(word, 16))
    pad = 64 - bits // 4

    def read(word: str) -> str:
        if word[:pad] != _ZEROS[:pad]:
            raise Undecodable("an integer beyond its type")
        return str(int(word, 16))

    return read


def _int(bits: int) -> Callable[[str], str]:
    limit, wrap = 1 << (bits - 1), 1 << 256

    def read(word: str) -> str:
        value = int(word, 16)
        if value >= limit:
            value -= wrap
            if value < -limit:
                raise Undecodable("an integer beyond its type")
        return str(value)

    return read


def _bytes(digits: int) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word[digits:] != _ZEROS[digits:]:
            raise Undecodable("bytes with dirty padding")
        return "0x" + word[:digits]

    return read


def _hash(word: str) -> str:
    return "0x" + word


def _decoder(event: Event) -> Callable[[Sequence[str], str], dict[str, Any]]:
    named = list(zip(event.names, event.inputs, strict=True))
    topic_readers = [(n, _hash if p.dynamic else _word_reader(p.kind) or _hash) for n, p in named if p.indexed]
    loose = [(n, p) for n, p in named if not p.indexed]
    words = [(n, _word_reader(p.kind)) for n, p in loose]
    static = [(n, r, 2 + 64 * i) for i, (n, r) in enumerate(words) if r is not None]
    need = 2 + 64 * len(loose)
    count, order = event.topics, event.names
    sorted_already = [n for n, _ in topic_readers] + [n for n, _ in loose] == list(order)

    def decode_log(topics: Sequence[str], data: str) -> dict[str, Any]:
        if len(topics) != count:
            raise Undecodable("another number of topics")
        args = {name: read(topic[2:]) for (name, read), topic in zip(topic_readers, topics[1:], strict=True)}
        if len(static) == len(loose):
            if len(data) < need:
                raise Undecodable("data too short")
            for name, read, at in static:
                args[name] = read(data[at : at + 64])
        else:
            args.update(_decode_loose(loose, data))
        return args if sorted_already else {name: args[name] for name in order}

    return decode_log


def _decode_loose(loose: Sequence[tuple[str, Param]], data: str) -> Iterable[tuple[str, Any]]:
    if len(data) > 2 + 2 * MAX_DATA:
        raise Undecodable("data too large")
    try:
        values = decode([p.kind for _, p in loose], bytes.fromhex(data[2:]))
    except (DecodingError, ValueError, OverflowError, MemoryError, RecursionError) as error:
        raise Undecodable(str(error)[:200]) from error
    return [(name, plain(param, value)) for (name, param), value in zip(loose, values, strict=True)]


def plain(param: Param, value: Any) -> Any:
    """A decoded value as JSON (module docstring)."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return checksum(value) if param.kind == "address" else value
    if param.kind.endswith("]"):
        element = Param("", param.kind[: param.kind.rindex("[")], components=param.components)
        return [plain(element, v) for v in value]
    named = all(c.name for c in param.components)
    if named and len({c.name for c in param.components}) == len(value):
        return {c.name: plain(c, v) for c, v in zip(param.components, value, strict=True)}
    return [plain(c, v) for c, v in zip(param.components, value, strict=True)]


def where_topics(events: Sequence[Event], where: Mapping[str, Any]) -> list[frozenset[str] | None]:
    """The accepted topics at positions 1, 2, 3 for a filter `{parameter: value | [values]}`; None accepts all.

    Raises:
        Invalid: a name that is not an indexed parameter, or a value that does not fit.
    """
    if not where:
        return []
    if len(events) != 1:
        raise Invalid("where needs a watch on exactly one event.", details={"path": "watch.where"})
    accepted: list[frozenset[str] | None] = [None] * (events[0].topics - 1)
    positions = {name: (i, param) for i, (name, param) in enumerate(events[0].indexed)}
    for name, value in where.items():
        if name not in positions:
            known = ", ".join(positions) or "none"
            raise Invalid(
                f"where.{str(name)[:40]}: not an indexed parameter of {events[0].name} (indexed: {known}).",
                details={"path": "watch.where"},
            )
        at, param = positions[name]
        values = value if isinstance(value, list) else [value]
        if not 1 <= len(values) <= 64:
            raise Invalid(f"where.{name} takes 1 to 64 values.", details={"path": f"watch.where.{name}"})
        accepted[at] = frozenset(topic_of(param, v) for v in values)
    return accepted
