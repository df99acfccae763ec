"""What a gate asks of chains about one holder, and the number that each leaf gets from the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eth_hash.auto import keccak

from parlour.core.gates.merkle import proves
from parlour.core.gates.tree import Balance, CallLeaf, Gate, Listed, Merkle
from parlour.core.identity.accounts import address_on
from parlour.core.room import Account

MAX_ANSWER_BYTES = 64 * 1024
"""Bytes of one answer: a number has 32, and more than this is a contract that wants to be expensive."""
MOST = 2**256 - 1
"""No token has so many: who answers it as a balance is broken or lies."""


class Reverted:
    """The answer of a call that reverted; there is one, `REVERTED`."""


REVERTED = Reverted()


@dataclass(frozen=True, slots=True)
class Question:
    """A read-only call of a contract; without `data` the chain's own coins that `to` holds."""

    chain: int
    to: str
    data: bytes | None = None


Answers = Mapping[Question, bytes | Reverted]
"""Return data by question; a question without an answer could not be answered now."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is judged.

    Attributes:
        account: of the session.
        vault: an EVM address that may have delegated to it; None for none.
        proof: what a Merkle leaf is proved with.
        proved: the roots that an earlier grant was proved for, as 0x hex.
    """

    account: Account
    vault: str | None = None
    proof: tuple[bytes, ...] = ()
    proved: tuple[str, ...] = ()


def questions_of(gate: Gate, holder: Holder) -> set[Question]:
    """Return everything that has to be asked to judge a holder."""
    asked: set[Question] = set()
    for leaf in gate.leaves:
        if isinstance(leaf, Balance | CallLeaf) and (own := address_on(holder.account, leaf.chain)):
            asked.update(_questions(leaf, own))
            if gate.delegates and holder.vault:
                asked.update(_questions(leaf, holder.vault))
                asked.update(_delegations(leaf, gate.delegates, own, holder.vault))
    return asked


def values_of(gate: Gate, holder: Holder, answers: Answers) -> list[int | None]:
    """Return what each leaf came to: a balance, 1 or 0 for lists, None where it cannot be known now."""
    return [_value(gate, leaf, holder, answers) for leaf in gate.leaves]


def least_of(leaf: object) -> int:
    """Return the number from which on a leaf is passed."""
    return leaf.least if isinstance(leaf, Balance | CallLeaf) else 1


def _value(gate: Gate, leaf: object, holder: Holder, answers: Answers) -> int | None:
    if isinstance(leaf, Listed):
        return int(holder.account in leaf.accounts)
    if isinstance(leaf, Merkle):
        known = "0x" + leaf.root.hex() in holder.proved
        return int(known or (holder.account.startswith("0x") and proves(leaf, holder.account, holder.proof)))
    assert isinstance(leaf, Balance | CallLeaf)
    own = address_on(holder.account, leaf.chain)
    if own is None:
        return 0
    value = _held(leaf, own, answers)
    if not gate.delegates or not holder.vault or (value is not None and value >= leaf.least):
        return value
    lent = _lent(leaf, gate.delegates, own, holder.vault, answers)
    return None if value is None or lent is None else max(value, lent)


# ── holdings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _questions(leaf: Balance | CallLeaf, address: str) -> Iterator[Question]:
    if isinstance(leaf, CallLeaf):
        yield Question(leaf.chain, leaf.to, leaf.function.call_data(leaf.args, address))
    elif leaf.standard == "native":
        yield Question(leaf.chain, address)
    elif leaf.standard == "erc721" and leaf.ids:
        yield from (Question(leaf.chain, leaf.token, call("ownerOf(uint256)", each)) for each in leaf.ids)
    elif leaf.standard == "erc1155":
        words = ((address, each) for each in leaf.ids)
        yield from (Question(leaf.chain, leaf.token, call("balanceOf(address,uint256)", *each)) for each in words)
    else:
        yield Question(leaf.chain, leaf.token, call("balanceOf(address)", address))


def _held(leaf: Balance | CallLeaf, address: str, answers: Answers) -> int | None:
    """Return what an address holds by itself."""
    return _sum(_each_held(leaf, address, answers))


def _each_held(leaf: Balance | CallLeaf, address: str, answers: Answers) -> list[int | None]:
    found: list[int | None] = []
    for question in _questions(leaf, address):
        answer = answers.get(question)
        if isinstance(leaf, Balance) and leaf.standard == "erc721" and leaf.ids:
            found.append(_owns(answer, address))
        elif isinstance(leaf, CallLeaf):
            found.append(_number(answer, leaf.function.output))
        else:
            found.append(_number(answer))
    return found


def _owns(answer: bytes | Reverted | None, address: str) -> int | None:
    """Return 1 where `ownerOf` named the address; a token that does not exist has no owner, and the call reverts."""
    if isinstance(answer, Reverted):
        return 0
    owner = _number(answer)
    return None if owner is None else int(owner == int(address, 16))


def _number(answer: bytes | Reverted | None, kind: str = "uint256") -> int | None:
    """Return the number that a contract answered; None for anything that is no plausible one."""
    if not isinstance(answer, bytes) or not 32 <= len(answer) <= MAX_ANSWER_BYTES:
        return None
    number = int.from_bytes(answer[:32])
    if kind == "bool":
        return number if number <= 1 else None
    return number if number < MOST and number < 1 << int(kind[4:]) else None


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


# ── delegation (delegate.xyz v2) ─────────────────────────────────────────────────────────────────────────────────


def _delegations(leaf: Balance | CallLeaf, registry: str, delegate: str, vault: str) -> list[Question]:
    """Return what is asked of the registry: for each id where there are ids."""
    to, source, rights = delegate, vault, 0
    if isinstance(leaf, CallLeaf):
        datas = [call("checkDelegateForContract(address,address,address,bytes32)", to, source, leaf.to, rights)]
    elif leaf.standard == "native":
        datas = [call("checkDelegateForAll(address,address,bytes32)", to, source, rights)]
    elif leaf.standard == "erc20":
        datas = [call("checkDelegateForERC20(address,address,address,bytes32)", to, source, leaf.token, rights)]
    elif leaf.standard == "erc721" and not leaf.ids:
        datas = [call("checkDelegateForContract(address,address,address,bytes32)", to, source, leaf.token, rights)]
    else:
        name = "ERC721" if leaf.standard == "erc721" else "ERC1155"
        text = f"checkDelegateFor{name}(address,address,address,uint256,bytes32)"
        datas = [call(text, to, source, leaf.token, each, rights) for each in leaf.ids]
    return [Question(leaf.chain, registry, data) for data in datas]


def _lent(leaf: Balance | CallLeaf, registry: str, delegate: str, vault: str, answers: Answers) -> int | None:
    """Return how much of the vault's holdings the delegate may use."""
    held = _each_held(leaf, vault, answers)
    parts: list[int | None] = []
    for amount, question in zip(held, _delegations(leaf, registry, delegate, vault), strict=True):
        lent = answers.get(question)
        if amount is None or not isinstance(lent, bytes) or not 32 <= len(lent) <= MAX_ANSWER_BYTES:
            parts.append(None)
            continue
        allowed = int.from_bytes(lent[:32])
        amounts = isinstance(leaf, Balance) and leaf.standard in ("erc20", "erc1155")
        parts.append(min(amount, allowed) if amounts else amount * (allowed == 1))
    return _sum(parts)


# ── call data ────────────────────────────────────────────────────────────────────────────────────────────────────


def call(signature: str, *words: str | int) -> bytes:
    """Return call data of a function whose arguments are addresses (0x hex) and numbers, one word each."""
    raw = (int(word, 16) if isinstance(word, str) else word for word in words)
    return selector(signature) + b"".join(word.to_bytes(32) for word in raw)


@lru_cache(maxsize=64)
def selector(signature: str) -> bytes:
    """Return the first four bytes of a function's call data."""
    found: bytes = keccak(signature.encode())[:4]
    return found
