"""Tracked transactions of a room: what `wallet.track` asks for, and the states that `wallet.transaction` tells.

    submitted ─▶ pending ─▶ included ─▶ safe ─▶ finalized      failed = included with status 0
        │           │         └─ reorg ─▶ orphaned ─▶ pending | included | failed | replaced | dropped
        └───────────┴──▶ dropped (may come back) | replaced (the same sender and nonce in another transaction)

A room takes only news that change something, and in an order that can have happened: a state that skips the undoing of
a block gets `orphaned` before it. So whoever watches the chain may say again what it said before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from parlour.core.room import Draft, Entry, Notice, Outcome, Post
from parlour.errors import Illegal, Invalid

TRACK = "wallet.track"
TRANSACTION = "wallet.transaction"
IN_BLOCK = frozenset({"included", "failed", "safe", "finalized"})
"""States of a transaction that is in a block of the chain."""
NEXT: Mapping[str, frozenset[str]] = {
    "submitted": frozenset({"pending", "included", "failed", "dropped", "replaced"}),
    "pending": frozenset({"included", "failed", "dropped", "replaced"}),
    "included": frozenset({"safe", "finalized", "orphaned"}),
    "safe": frozenset({"finalized", "orphaned"}),
    "failed": frozenset({"orphaned", "failed"}),
    "orphaned": frozenset({"pending", "included", "failed", "replaced", "dropped"}),
    "dropped": frozenset({"pending", "included", "failed", "replaced"}),
    "replaced": frozenset({"pending", "included", "failed", "dropped", "replaced"}),
    "finalized": frozenset(),
}
"""State → states that may follow. `failed` and `replaced` are told a second time once they are final."""
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
MAX_NONCE = 2**53 - 1


def read_track(body: Any) -> dict[str, Any]:
    """Check the body of a `wallet.track`, and return what is to be looked for.

    Returns:
        `{chain, hash, from?, to?, nonce?, deadline?}`, hex in lower case.

    Raises:
        Invalid: names the key in `details.path`.
    """
    if not isinstance(body, dict):
        raise _bad("a track is an object", "body")
    for key in body:
        if key not in ("chain", "hash", "from", "to", "nonce", "deadline"):
            raise _bad(f"there is no {str(key)[:40]!r} in a track", f"body.{str(key)[:40]}")
    chain, hash_ = body.get("chain"), body.get("hash")
    if type(chain) is not int or not 1 <= chain < 2**53:
        raise _bad("chain is a chain id, such as 1", "body.chain")
    if not isinstance(hash_, str) or _HASH.fullmatch(hash_) is None:
        raise _bad("hash is 0x and 64 hexadecimal digits", "body.hash")
    found: dict[str, Any] = {"chain": chain, "hash": hash_.lower()}
    for key in ("from", "to"):
        if body.get(key) is not None:
            found[key] = _address(body[key], f"body.{key}")
    for key in ("nonce", "deadline"):
        if body.get(key) is not None:
            if type(body[key]) is not int or not 0 <= body[key] <= MAX_NONCE:
                raise _bad(f"{key} is a number", f"body.{key}")
            found[key] = body[key]
    return found


def _address(given: Any, path: str) -> str:
    if not isinstance(given, str) or _ADDRESS.fullmatch(given) is None:
        raise _bad(f"{str(given)[:60]!r} is not an address", path)
    return given.lower()


def _bad(why: str, path: str) -> Invalid:
    return Invalid(f"The transaction cannot be tracked: {why}.", details={"path": path})


class Tracks:
    """The transactions that a room tracks and that are not final.

    Attributes:
        open: seq of the `wallet.track` → `{track, last, by?}`: what is looked for, the body told last, by whom.
    """

    def __init__(self) -> None:
        self.open: dict[int, dict[str, Any]] = {}

    def handle(self, post: Post) -> Outcome:
        """Decide on a `wallet.track`.

        Raises:
            Invalid: its body. Illegal: the room tracks this one already, or too many.
        """
        track = read_track(post.body)
        same = (track["chain"], track["hash"])
        if any((each["track"]["chain"], each["track"]["hash"]) == same for each in self.open.values()):
            raise Illegal("This room tracks that transaction already.", reason="tracked")
        if sum(status_of(each) != "dropped" for each in self.open.values()) >= post.most:
            raise Illegal(f"A room tracks at most {post.most} transactions at a time.", reason="too_many")
        told = {"of": post.seq, "chain": track["chain"], "hash": track["hash"], "status": "submitted"}
        return Outcome([post.draft(), Draft(TRANSACTION, told, ref=post.seq)])

    def accepted(self, draft: Draft, before: dict[int, dict[str, Any]] | None = None) -> list[Draft]:
        """Return the entries that news of a transaction lead to: none where they say nothing new.

        Args:
            before: what earlier news of the same update said last, by track; kept up to date here.
        """
        body = draft.body
        assert isinstance(body, dict)
        known = self.open.get(body["of"])
        if known is None or known["track"]["hash"] != body["hash"]:
            return []
        said = {} if before is None else before
        found = self._follow(draft, said.get(body["of"], known["last"]))
        if found:
            said[body["of"]] = body
        return found

    def _follow(self, draft: Draft, last: dict[str, Any]) -> list[Draft]:
        """Return the entries that lead from what was said last to what a draft says."""
        body = draft.body
        assert isinstance(body, dict)
        draft.ref = body["of"]
        if _says_the_same(last, body):
            return []
        if last["status"] in IN_BLOCK and _leaves_block(last, body) and body["status"] != "orphaned":
            undone: dict[str, Any] = {key: last[key] for key in ("of", "chain", "hash", "block") if key in last}
            undo = Draft(TRANSACTION, {**undone, "status": "orphaned"}, ref=body["of"])
            return [undo, draft] if body["status"] in NEXT["orphaned"] else []
        return [draft] if body["status"] in NEXT[last["status"]] else []

    def apply(self, entry: Entry) -> None:
        """Fold a `wallet.track` or a `wallet.transaction`."""
        body = entry.body
        if not isinstance(body, dict):
            return
        if entry.type == TRACK:
            track = read_track(body)
            first = {"of": entry.seq, "chain": track["chain"], "hash": track["hash"], "status": "submitted"}
            self.open[entry.seq] = {"track": track, "last": first, "by": entry.author}
        elif body["of"] in self.open:
            self.open[body["of"]]["last"] = body
            if _is_final(body):
                del self.open[body["of"]]

    def notices(self, drafts: Sequence[Draft]) -> list[Notice]:
        """Return who is told that a transaction came to its end: the account that tracks it."""
        ends = [
            (index, self.open[draft.body["of"]].get("by", ""))
            for index, draft in enumerate(drafts)
            if draft.type == TRANSACTION and isinstance(draft.body, dict) and _is_final(draft.body)
            if draft.body["of"] in self.open
        ]
        return [Notice(by, "transaction", index) for index, by in ends if by]

    def shown(self) -> dict[str, Any]:
        """Return the open ones by the seq of their track, as they were told last."""
        return {str(seq): each["last"] for seq, each in self.open.items()}

    def snapshot(self) -> list[dict[str, Any]]:
        """Return the state as JSON, for `restore`."""
        return [{"seq": seq, **each} for seq, each in self.open.items()]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Replace the state by a snapshot's."""
        self.open = {each["seq"]: {key: each[key] for key in each if key != "seq"} for each in state}


def _is_final(body: Mapping[str, Any]) -> bool:
    return body["status"] == "finalized" or bool(body.get("final"))


def status_of(known: Mapping[str, Any]) -> str:
    """Return the state that was told last."""
    return str(known["last"]["status"])


def _says_the_same(last: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Return whether news repeat what was told: the same state, in the same block, as final as before."""
    if last["status"] in ("safe", "finalized") and body["status"] == "included":
        return bool(_block(last) == _block(body))
    keys = ("status", "replacedBy")
    same = all(last.get(key) == body.get(key) for key in keys) and bool(last.get("final")) == bool(body.get("final"))
    return same and (body["status"] not in IN_BLOCK or _block(last) == _block(body))


def _leaves_block(last: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Return whether news put the transaction into another block than before, or into none."""
    return body["status"] not in IN_BLOCK or _block(last) != _block(body)


def _block(body: Mapping[str, Any]) -> Any:
    return (body.get("block") or {}).get("hash")


def replacement_kind(mine: Mapping[str, Any] | None, other: Mapping[str, Any]) -> str:
    """Return how a transaction took another's place, in the words of viem and ethers.

    Args:
        mine: the tracked one as a node sent it; None where no node ever had it.
        other: the one with the same sender and nonce, from a block.

    Returns:
        `repriced` (same to, value and input), `cancelled` (to its own sender, no value, no data), else `replaced`.
    """
    same = ("to", "value", "input")
    if mine is not None and all(_normal(mine.get(key)) == _normal(other.get(key)) for key in same):
        return "repriced"
    itself = _normal(other.get("to")) == _normal(other.get("from"))
    empty = other.get("input", "0x") in ("0x", "0x0", "") and _normal(other.get("value")) in ("0x0", "0x")
    return "cancelled" if itself and empty else "replaced"


def _normal(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
