"""Checks from a transcript alone that the accounts it names wrote its entries (protocol §6 "Proof").

Every signature is recovered again and held against its author or against the keys that author delegated to, whose
sign-in texts are read and checked like a sign-in. A contract's sign-in only its chain can confirm: what rests on one is
listed apart, for whoever has a node.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.identity import secp256k1, solana
from parlour.core.identity.accounts import contract_account, solana_account
from parlour.core.identity.sign_in import Claim, SessionKey, read_claim, session_key_of, session_key_statement
from parlour.core.identity.siwe import malformed, milliseconds
from parlour.core.log.hash_chain import hash_body
from parlour.core.log.signed_posts import NOTHING_SEEN, check_signature, check_signed, post_digest
from parlour.core.proof.match import Fault
from parlour.core.room import Account, DelegatedKey, Entry, Post, Proof, Seen
from parlour.errors import ParlourError

GRACE_MS = 1_000
"""A revocation reaches every process within a second, and the clocks of two processes differ a little."""
_UNTIL = re.compile(r"(?P<own>.*) Until (?P<day>\d{4}-\d\d-\d\d) (?P<time>\d\d:\d\d) UTC the session key .*")


@dataclass(frozen=True, slots=True)
class Delegation:
    """A `{delegation}` line of a transcript, checked.

    Attributes:
        account: who delegated.
        key: what may sign, where and when; it ends with the revocation where there was one.
        needs_rpc: the account is a contract, so only its chain can confirm the delegation.
    """

    account: Account
    key: DelegatedKey
    needs_rpc: bool


@dataclass(slots=True)
class Authors:
    """What the check of a log's authors found.

    Attributes:
        checked: how many signatures held.
        faults: entries that do not hold: `unsigned unseen signature scope seen invalid`.
        needs_rpc: entries that rest on the delegation of a contract account.
    """

    checked: int = 0
    faults: list[Fault] = field(default_factory=list)
    needs_rpc: list[int] = field(default_factory=list)


def read_delegation(line: Mapping[str, Any]) -> Delegation:
    """Check a transcript's `delegation` against the wallet's message and signature in it.

    Raises:
        ParlourError: the message does not say what the line says, or the account did not sign it.
    """
    claim = read_claim(line["message"], line["signature"])
    key = session_key_of(claim.message)
    if key is None or key.address != line["sessionKey"] or line["until"] > _promised(claim):
        raise malformed("it does not delegate to that key for so long")
    ends = line["until"] if line["revokedAt"] is None else min(line["until"], line["revokedAt"] + GRACE_MS)
    delegated = DelegatedKey(key.address, key.room, line["from"] - GRACE_MS, ends)
    return Delegation(line["account"], delegated, _needs_rpc(claim, line["account"]))


def check_authors(
    entries: Iterable[Entry],
    delegations: Iterable[Delegation],
    *,
    signed: bool = False,
    staked: bool = False,
    hashes: Mapping[int, bytes] | None = None,
) -> Authors:
    """Check every signature of a log.

    Args:
        entries: from the floor on, in order; erased and hidden ones too.
        signed: whether the room takes signed posts only.
        staked: whether its session keys must be for this room alone.
        hashes: seq → hash of what comes before the entries: `{floor - 1: …}`.
    """
    check = _Check(list(delegations), signed, staked, {0: NOTHING_SEEN.hash, **(hashes or {})})
    for entry in entries:
        check.add(entry)
    return check.found


class Signers:
    """Finds the signer of each entry, in order; remembers seats, which inputs of ticking games name."""

    def __init__(self) -> None:
        self._seats: dict[int, Account] = {}

    def keys(self, entries: Iterable[Entry]) -> set[tuple[Account, str]]:
        """Return the session keys that signed, each with its account: `(author, address)`."""
        found = {(post.author, self.signer(e, post, hashed)) for e in entries for post, hashed in self.posts(e)}
        return {(author, address) for author, address in found if address is not None and address != author}

    def signer(self, entry: Entry, post: Post, body_hash: bytes) -> str | None:
        """Return the address that signed a post, or None where it is unsigned; raises Invalid for bad signatures."""
        if post.sig is None:
            return None
        digest = post_digest(post, body_hash, entry.room, entry.epoch)
        recovered = secp256k1.recover(digest, bytes.fromhex(check_signature(post.sig)[2:]))
        return None if recovered is None else recovered.address

    def posts(self, entry: Entry) -> list[tuple[Post, bytes]]:
        """Return the posts an entry holds, each with its body hash: itself, or the inputs of a ticking game."""
        if entry.author:
            post = Post(author=entry.author, at=entry.at, id=entry.id, type=entry.type)
            post.sig, post.salt, post.seen = entry.sig, entry.salt, entry.seen
            return [(post, entry.body_hash)]
        body = entry.body if isinstance(entry.body, dict) else {}
        if entry.type == "game.seated":
            self._seats[body["seat"]] = "" if body.get("bot") else body["account"]
        inputs = body.get("inputs", ()) if entry.type == "game.tick" else ()
        return [self._input(entry, given) for given in inputs if self._seats.get(given["seat"])]

    def _input(self, entry: Entry, given: dict[str, Any]) -> tuple[Post, bytes]:
        post = Post(author=self._seats[given["seat"]], at=entry.at, id=given.get("id", ""), type="game.action")
        signature = given.get("signed")
        if signature is None:
            return post, b""
        body, post.salt = signature["body"], bytes.fromhex(signature["salt"][2:])
        post.seen = read_seen(signature.get("seen"))
        was_played = (body.get("action"), body.get("args", {})) == (given["action"], given["args"])
        post.sig = signature["sig"] if was_played else ""
        return post, hash_body(post.salt, canonical(body))


class _Check:
    def __init__(self, delegations: list[Delegation], signed: bool, staked: bool, hashes: dict[int, bytes]) -> None:
        self.found = Authors()
        self._signers = Signers()
        self._delegations = delegations
        self._signed = signed
        self._staked = staked
        self._hashes = hashes
        self._first = 0

    def add(self, entry: Entry) -> None:
        self._first = self._first or entry.seq
        for post, body_hash in self._signers.posts(entry):
            try:
                self._prove(entry, post, self._signers.signer(entry, post, body_hash))
                check_signed(post, entry.room, required=self._signed, staked=self._staked)
            except ParlourError as refusal:
                self.found.faults.append(Fault(entry.seq, refusal.reason or refusal.code))
            else:
                self.found.checked += post.sig is not None
        self._hashes[entry.seq] = entry.hash

    def _prove(self, entry: Entry, post: Post, signer: str | None) -> None:
        theirs = [d for d in self._delegations if (d.account, d.key.address) == (post.author, signer)]
        post.proof = Proof(signer, [d.key for d in theirs], post.seen is None or self._holds(post.seen))
        if theirs and all(d.needs_rpc for d in theirs):
            self.found.needs_rpc.append(entry.seq)

    def _holds(self, seen: Seen) -> bool:
        """Return whether the log has that hash there, or retention removed the entry."""
        known = self._hashes.get(seen.seq)
        return seen.seq < self._first - 1 if known is None else known == seen.hash


def read_seen(shown: Mapping[str, Any] | None) -> Seen | None:
    """Read `{seq, hash}` from JSON."""
    return None if shown is None else Seen(shown["seq"], bytes.fromhex(shown["hash"][2:]))


def _promised(claim: Claim) -> int:
    """Return until when (ms) the key may sign, as the wallet's message says."""
    message = claim.message
    key, words = session_key_of(message), _UNTIL.fullmatch(message.statement or "")
    if key is None or words is None:
        raise malformed("its statement names no session key")
    own, day, time = words["own"], words["day"], words["time"]
    asked = [session_key_statement(own, each, f"{day} {time} UTC") for each in (key, SessionKey(key.address))]
    if message.statement not in asked:
        raise malformed("its statement names another session key")
    ends, limit = milliseconds(f"{day}T{time}:00Z"), message.expiration_time
    return ends if limit is None else min(ends, milliseconds(limit))


def _needs_rpc(claim: Claim, account: Account) -> bool:
    """Return whether the account is a contract; raises where it is a wallet that did not sign."""
    message = claim.message
    if account.startswith("eip155:"):
        signed = account == contract_account(int(message.chain_id), message.address)
    elif message.namespace == "solana":
        named = solana_account(message.chain_id, message.address)
        signed = account == named and solana.verifies(message.address, claim.raw, claim.signature)
    else:
        signer = secp256k1.recover(secp256k1.personal_digest(claim.raw), claim.signature)
        signed = signer is not None and account == message.address == signer.address
    if not signed:
        raise malformed("the account did not sign it")
    return account.startswith("eip155:")
