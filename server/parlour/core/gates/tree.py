"""Reads the tree of a gate: `{any: […]}`, `{all: […]}` or a leaf, with the gate's options beside the root's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.gates.function import Function, parse_function
from parlour.core.identity.accounts import checksum, has_wrong_checksum, normal_account
from parlour.errors import Invalid

MAX_LEAVES = 16
"""Leaves of a gate: each is at least one call at every join."""
MAX_DEPTH = 4
"""Levels of a gate, its leaves included: people have to understand it."""
MAX_LISTED = 200
"""Accounts of one leaf, because the tree is in every join's answer; longer lists use `merkle`."""
MAX_IDS = 32
"""Token ids of one leaf: each is a call of its own."""
MAX_CONFIRMATIONS = 1024
"""The deepest `finality` number, as of watches."""
MAX_GRACE_MS = 7 * 86_400_000
"""The longest `grace`: beyond a week a silent chain is an operator's decision."""
DELEGATE_REGISTRY = "0x00000000000000447e69651d841bD8D104Bed493"
"""delegate.xyz v2, at the same address on every chain it is deployed to."""
STANDARDS = ("native", "erc20", "erc721", "erc1155")
_UINT256 = 2**256
OPTIONS = ("finality", "delegates", "grace", "check", "grants")


@dataclass(frozen=True)
class Balance:
    """A leaf that asks for a balance of at least `least`.

    Attributes:
        token: the contract, EIP-55; `native` for the chain's own coin.
        ids: token ids; the balances of all of them count together.
    """

    chain: int
    token: str
    standard: str
    ids: tuple[int, ...]
    least: int


@dataclass(frozen=True)
class CallLeaf:
    """A leaf that asks a contract's function for at least `least`.

    Attributes:
        to: the contract, EIP-55.
        args: JSON values; `$account` stands for the holder's address.
    """

    chain: int
    to: str
    function: Function
    args: tuple[Any, ...]
    least: int


@dataclass(frozen=True)
class Listed:
    """A leaf that names the accounts which pass."""

    accounts: frozenset[str]


@dataclass(frozen=True)
class Merkle:
    """A leaf that the members of a Merkle tree pass, who show their proof.

    Attributes:
        root: 32 bytes.
        form: `address` (the leaf is the hash of the 20 bytes) or `openzeppelin` (StandardMerkleTree of addresses).
    """

    root: bytes
    form: str


Leaf = Balance | CallLeaf | Listed | Merkle
Node = tuple[str, tuple[Any, ...]] | int
"""`("any" | "all", nodes)`, or the number of a leaf."""


@dataclass(frozen=True)
class Gate:
    """A gate that was read.

    Attributes:
        tree: how the leaves combine.
        leaves: in the order they are written.
        shown: each leaf as JSON, for clients.
        finality: at which blocks a grant must hold: `included`, `safe`, `finalized` or a number of confirmations.
        delegates: the registry that says who may use a vault's tokens; None for none.
        grace: ms that a chain may lag before nobody is let in any more.
        live: whether rights end as soon as the chain says so; else they are asked at each join.
        grants: the role that passing gives; None for none.
        json: the whole gate, as the room's log keeps it.
    """

    tree: Node
    leaves: tuple[Leaf, ...]
    shown: tuple[dict[str, Any], ...] = field(compare=False)
    finality: str | int
    delegates: str | None
    grace: int | None
    live: bool
    grants: str | None
    json: dict[str, Any] = field(compare=False)

    @property
    def key(self) -> bytes:
        """The canonical form, which names the gate in caches."""
        return canonical(self.json)

    @property
    def chains(self) -> tuple[int, ...]:
        """The chains it asks, each once, in the order of its leaves."""
        return tuple(dict.fromkeys(leaf.chain for leaf in self.leaves if isinstance(leaf, Balance | CallLeaf)))

    @property
    def contracts(self) -> tuple[tuple[int, str, str], ...]:
        """`(chain, address, path)` of every contract it asks, for the check that there is one."""
        named: list[tuple[int, str, str]] = []
        for leaf in self.leaves:
            if isinstance(leaf, Balance) and leaf.standard != "native":
                named.append((leaf.chain, leaf.token, "token"))
            elif isinstance(leaf, CallLeaf):
                named.append((leaf.chain, leaf.to, "call.to"))
        return tuple(dict.fromkeys(named))


def read_gate(asked: Any) -> Gate:
    """Read the gate of `room:create` or `room:configure`, or of a log.

    Raises:
        Invalid: with `details.path` naming the key that cannot be used.
    """
    if not isinstance(asked, dict):
        raise _bad("a gate is an object", "gate")
    options = {key: value for key, value in asked.items() if key in OPTIONS and value is not None}
    reading = _Reading()
    tree, shown = reading.node({key: value for key, value in asked.items() if key not in OPTIONS}, "gate", 1)
    made = _options(options)
    return Gate(tree, tuple(reading.leaves), tuple(reading.shown), json={**shown, **made.pop("shown")}, **made)


class _Reading:
    """Collects the leaves of a tree while it is read."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.shown: list[dict[str, Any]] = []

    def node(self, asked: Any, path: str, depth: int) -> tuple[Node, dict[str, Any]]:
        """Return a node, and it as JSON in its one spelling."""
        if not isinstance(asked, dict):
            raise _bad("a part of a gate is an object", path)
        if depth > MAX_DEPTH:
            raise _bad(f"a gate has at most {MAX_DEPTH} levels", path)
        for word in ("any", "all"):
            if word in asked:
                return self._branch(word, asked, path, depth)
        leaf, shown = _leaf(asked, path)
        if len(self.leaves) >= MAX_LEAVES:
            raise _bad(f"a gate has at most {MAX_LEAVES} leaves", path)
        self.leaves.append(leaf)
        self.shown.append(shown)
        return len(self.leaves) - 1, shown

    def _branch(self, word: str, asked: dict[str, Any], path: str, depth: int) -> tuple[Node, dict[str, Any]]:
        _only(asked, (word,), path)
        parts = asked[word]
        if not isinstance(parts, list) or not parts:
            raise _bad(f"{word} is a list of at least one part", f"{path}.{word}")
        nodes, shown = [], []
        for number, part in enumerate(parts):
            node, text = self.node(part, f"{path}.{word}.{number}", depth + 1)
            nodes.append(node)
            shown.append(text)
        return (word, tuple(nodes)), {word: shown}


# ── leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _leaf(asked: dict[str, Any], path: str) -> tuple[Leaf, dict[str, Any]]:
    for word, read in (("accounts", _listed), ("merkle", _merkle), ("call", _call), ("token", _balance)):
        if word in asked:
            return read(asked, path)
    raise _bad("a leaf has token, call, accounts or merkle", path)


def _balance(asked: dict[str, Any], path: str) -> tuple[Leaf, dict[str, Any]]:
    _only(asked, ("chain", "token", "standard", "id", "min"), path)
    standard, token = asked.get("standard"), asked["token"]
    if standard not in STANDARDS:
        raise _bad(f"standard is one of {', '.join(STANDARDS)}", f"{path}.standard")
    if (token == "native") != (standard == "native"):
        raise _bad("token is native where standard is, else a contract", f"{path}.token")
    shown = {**asked, "chain": _chain(asked, path)}
    if standard != "native":
        token = shown["token"] = _address(token, f"{path}.token")
    given = asked.get("id")
    ids = _ids(given, f"{path}.id") if given is not None else ()
    if ids and standard in ("native", "erc20"):
        raise _bad(f"a token of {standard} has no ids", f"{path}.id")
    if not ids and standard == "erc1155":
        raise _bad("erc1155 needs an id", f"{path}.id")
    return Balance(shown["chain"], token, str(standard), ids, _least(asked, path)), shown


def _call(asked: dict[str, Any], path: str) -> tuple[Leaf, dict[str, Any]]:
    _only(asked, ("chain", "call", "min"), path)
    call = asked["call"]
    if not isinstance(call, dict):
        raise _bad("call is an object", f"{path}.call")
    _only(call, ("to", "function", "args"), f"{path}.call")
    to = _address(call.get("to"), f"{path}.call.to")
    function = parse_function(call.get("function"), f"{path}.call.function")
    args = call.get("args")
    if args is None:
        args = ["$account"] if function.inputs == ("address",) else []
    function.check(args, f"{path}.call.args")
    shown = {**asked, "chain": _chain(asked, path), "call": {**call, "to": to}}
    return CallLeaf(shown["chain"], to, function, tuple(args), _least(asked, path)), shown


def _listed(asked: dict[str, Any], path: str) -> tuple[Leaf, dict[str, Any]]:
    _only(asked, ("accounts",), path)
    given, at = asked["accounts"], f"{path}.accounts"
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_LISTED:
        raise _bad(f"accounts is a list of 1 to {MAX_LISTED}; put longer ones into a merkle tree", at)
    accounts: list[str] = []
    for each in given:
        try:
            accounts.append(normal_account(each if isinstance(each, str) else ""))
        except Invalid:
            raise _bad(f"{str(each)[:60]!r} is not an account", at) from None
    return Listed(frozenset(accounts)), {"accounts": list(dict.fromkeys(accounts))}


def _merkle(asked: dict[str, Any], path: str) -> tuple[Leaf, dict[str, Any]]:
    _only(asked, ("merkle",), path)
    given, at = asked["merkle"], f"{path}.merkle"
    if not isinstance(given, dict):
        raise _bad("merkle is an object", at)
    _only(given, ("root", "leaf"), at)
    root = word_of(given.get("root"))
    if root is None:
        raise _bad("root is 0x and 64 hexadecimal digits", f"{at}.root")
    if given.get("leaf") not in ("address", "openzeppelin"):
        raise _bad("leaf is address or openzeppelin", f"{at}.leaf")
    return Merkle(root, given["leaf"]), {"merkle": {"root": "0x" + root.hex(), "leaf": given["leaf"]}}


def word_of(text: Any) -> bytes | None:
    """Return the 32 bytes that `0x` hex says, or None."""
    try:
        word = bytes.fromhex(text[2:]) if isinstance(text, str) and text[:2] == "0x" and len(text) == 66 else b""
    except ValueError:
        return None
    return word if len(word) == 32 else None


def _chain(asked: dict[str, Any], path: str) -> int:
    chain = asked.get("chain")
    if type(chain) is not int or not 1 <= chain < 2**53:
        raise _bad("chain is a chain id, such as 1", f"{path}.chain")
    return chain


def _address(given: Any, path: str) -> str:
    try:
        address = checksum(given if isinstance(given, str) else "")
    except Invalid:
        raise _bad(f"{str(given)[:60]!r} is not a contract address (0x and 40 hex digits)", path) from None
    if has_wrong_checksum(given):
        raise _bad(f"{given} has a wrong EIP-55 checksum", path)
    return address


def _ids(given: Any, path: str) -> tuple[int, ...]:
    several = given if isinstance(given, list) else [given]
    if not 1 <= len(several) <= MAX_IDS:
        raise _bad(f"id is one id or a list of 1 to {MAX_IDS}", path)
    return tuple(dict.fromkeys(_amount(each, path) for each in several))


def _least(asked: dict[str, Any], path: str) -> int:
    least = _amount(asked.get("min", "1"), f"{path}.min")
    if least == 0:
        raise _bad("min is at least 1: everybody has nothing", f"{path}.min")
    return least


def _amount(given: Any, path: str) -> int:
    if not isinstance(given, str) or not given.isascii() or not given.isdigit() or len(given) > 78:
        raise _bad(f"{path.rpartition('.')[2]} is a decimal string, in the token's smallest units", path)
    if (amount := int(given)) >= _UINT256:
        raise _bad("no balance is as large as that", path)
    return amount


# ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options as fields of Gate, and those that were given as `shown`."""
    shown = dict(given)
    registry = given.get("delegates", False)
    if not isinstance(registry, bool):
        registry = shown["delegates"] = _address(registry, "gate.delegates")
    check = _one_of(given.get("check", "live"), ("live", "join"), "gate.check")
    grants = given.get("grants")
    grace = given.get("grace")
    if grace is not None and (type(grace) is not int or not 0 <= grace <= MAX_GRACE_MS):
        raise _bad(f"grace is a number of ms up to {MAX_GRACE_MS}", "gate.grace")
    return {
        "finality": _finality(given.get("finality", "included")),
        "delegates": DELEGATE_REGISTRY if registry is True else registry or None,
        "grace": grace,
        "live": check == "live",
        "grants": None if grants is None else _one_of(grants, ("member",), "gate.grants"),
        "shown": shown,
    }


def _finality(given: Any) -> str | int:
    if type(given) is int and 1 <= given <= MAX_CONFIRMATIONS:
        return given
    if isinstance(given, str) and given in ("included", "safe", "finalized"):
        return given
    raise _bad(f"finality is included, safe, finalized or a number from 1 to {MAX_CONFIRMATIONS}", "gate.finality")


def _one_of(given: Any, words: Sequence[str], path: str) -> str:
    if isinstance(given, str) and given in words:
        return given
    raise _bad(f"{path.rpartition('.')[2]} is {' or '.join(words)}", path)


def _only(asked: dict[str, Any], known: Sequence[str], path: str) -> None:
    """Refuse keys nobody knows: a misspelt one would let in too many or nobody."""
    for key in asked:
        if key not in known:
            raise _bad(f"there is no {str(key)[:40]!r} here; known are {', '.join(known)}", f"{path}.{str(key)[:40]}")


def _bad(why: str, path: str) -> Invalid:
    return Invalid(f"The gate cannot be used: {why}.", details={"path": path})
