"""The entries that a check of a gate leads to: `member.admitted`, `member.removed`, `member.restored`."""

from __future__ import annotations

from typing import Any

from parlour.core.gates.grants import REASON
from parlour.core.gates.questions import Holder
from parlour.core.gates.tree import Gate, Listed, Merkle
from parlour.core.room import Account, Draft
from parlour.runtime.gates.checks import Checked
from parlour.runtime.gates.members import GatedRoom


def admitted(gate: Gate, account: Account, checked: Checked, holder: Holder) -> Draft:
    """Return the entry of a grant: the leaf that let the account in, and the block it was asked at."""
    leaf = checked.verdict.leaf
    body = {"account": account, "by": "", **_rests_on(gate, leaf, checked, account)}
    if gate.delegates and holder.vault:
        body["vault"] = holder.vault
    if proved := _proved(gate, checked):
        body["proved"] = proved
    return Draft("member.admitted", body)


def changed(room: GatedRoom, account: Account, checked: Checked) -> Draft | None:
    """Return the entry that a check of a member leads to; None where the right stays as it is."""
    held, passed = account in room.grants.held, checked.verdict.passed
    if held and passed is False:
        return removed(room, account, checked)
    return restored(room.gate, account, checked) if passed and not held else None


def removed(room: GatedRoom, account: Account, checked: Checked) -> Draft:
    """Return the entry that ends a grant: the leaf that is not passed any more, the grant's own where it is that."""
    gate, values = room.gate, checked.verdict.values
    was = room.grants.held.get(account, {}).get("leaf")
    leaf = next((n for n, shown in enumerate(gate.shown) if shown == was and not values[n]), checked.verdict.leaf)
    body = {"account": account, "by": "", "reason": REASON, **_rests_on(gate, leaf, checked, account)}
    if "block" not in body and checked.blocks:
        chain, block = next(iter(checked.blocks.items()))
        body |= {"chain": chain, "block": block.to_json()}
    return Draft("member.removed", body)


def restored(gate: Gate, account: Account, checked: Checked) -> Draft:
    """Return the entry that gives a grant back, because the block that ended it is undone."""
    facts = _rests_on(gate, checked.verdict.leaf, checked, account)
    return Draft("member.restored", {"account": account, "by": "", "from": REASON, **facts})


def _rests_on(gate: Gate, number: int | None, checked: Checked, account: Account) -> dict[str, Any]:
    """Return `{chain?, block?, leaf}`; of a list of accounts only this one is named."""
    if number is None:
        return {}
    leaf, shown = gate.leaves[number], gate.shown[number]
    if isinstance(leaf, Listed):
        return {"leaf": {"accounts": [account]}}
    if isinstance(leaf, Merkle):
        return {"leaf": shown}
    block = checked.blocks.get(leaf.chain)
    return {"chain": leaf.chain, **({"block": block.to_json()} if block is not None else {}), "leaf": shown}


def _proved(gate: Gate, checked: Checked) -> list[str]:
    """Return the roots that the account proved to be in, which nobody asks it for again."""
    pairs = zip(gate.leaves, checked.verdict.values, strict=True)
    return ["0x" + leaf.root.hex() for leaf, value in pairs if isinstance(leaf, Merkle) and value]
