"""Finds out whose signature a signed post carries, before the room decides (protocol §6).

Who signed it, with which key, and whether the log is the one its author saw. The rules are in core/log/signed_posts.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from parlour.core.identity import secp256k1
from parlour.core.log.signed_posts import NOTHING_SEEN, digest_of
from parlour.core.room import Account, Entry, Post, Proof, Seen
from parlour.runtime.live_room.state import RoomState


async def prove(live: RoomState, posts: Sequence[Post], picked: Mapping[int, Entry]) -> None:
    """Give each signed post its Proof.

    Args:
        picked: entries read from the store; those of the tail are looked up here.

    Raises:
        StoreError: session keys cannot be looked up now.
    """
    signers = [await _signer(live, post) for post in posts]
    others: dict[Account, set[str]] = {}
    for post, signer in zip(posts, signers, strict=True):
        if signer is not None and signer != post.author:
            others.setdefault(post.author, set()).add(signer)
    room, staked = live.record.id, live.room.staked
    keys = {author: await live.context.delegated(author, each, room, staked) for author, each in others.items()}
    for post, signer in zip(posts, signers, strict=True):
        holds = post.seen is None or _holds(live, post.seen, picked)
        post.proof = Proof(signer, keys.get(post.author, ()), holds)


def unseen(live: RoomState, post: Post) -> int | None:
    """Return the seq of the entry that must be read before the post can be checked, or None."""
    seen = post.seen
    if post.sig is None or seen is None or not live.record.floor <= seen.seq <= live.record.head:
        return None
    return seen.seq if live.journal.tail.get(seen.seq) is None else None


def _holds(live: RoomState, seen: Seen, picked: Mapping[int, Entry]) -> bool:
    """Return whether the log has that hash at that seq; False for entries that retention deleted."""
    if seen.seq == 0:
        return seen == NOTHING_SEEN
    if seen.seq == live.record.floor - 1:
        return seen.hash == live.record.floor_hash
    entry = live.journal.tail.get(seen.seq) or picked.get(seen.seq)
    return entry is not None and entry.hash == seen.hash


async def _signer(live: RoomState, post: Post) -> str | None:
    """Recover the signer: 0.05 ms with libsecp256k1, on the loop; without it a hundred times that, in a thread."""
    digest, signature = digest_of(post, live.record.id, live.record.epoch), bytes.fromhex((post.sig or "")[2:])
    if secp256k1.NATIVE:
        recovered = secp256k1.recover(digest, signature)
    else:
        recovered = await asyncio.to_thread(secp256k1.recover, digest, signature)
    return None if recovered is None else recovered.address
