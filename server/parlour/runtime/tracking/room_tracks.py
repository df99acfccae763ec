"""Tracking of a process: takes rooms' `wallet.track` posts, and follows them on each chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from parlour.core.chain.transactions import read_track
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Post, RoomId
from parlour.errors import ParlourError, RateLimited, Unavailable
from parlour.runtime.chain.chains import Chain, Chains
from parlour.runtime.chain.store import ChainStore
from parlour.runtime.clock import Clock
from parlour.runtime.limits import Buckets
from parlour.runtime.live_room.context import Answer, RoomRequest
from parlour.runtime.running_tasks import RunningTasks
from parlour.runtime.store import StoreError
from parlour.runtime.tracking.block_states import TransactionTracker
from parlour.runtime.tracking.polling import Deliver, PendingPoll
from parlour.runtime.tracking.transaction_set import Tracked, sub_of

log = structlog.get_logger()

OPERATOR = SERVER_ROLES["operator"]
"""From this rank on nobody counts tracks: the server's own account brings many results."""


@dataclass(frozen=True, slots=True)
class TrackingLimits:
    """What may be tracked, each a setting of the same name.

    Attributes:
        tracked_per_room: at a time.
        tracks_per_minute: of an account.
        track_poll_seconds: how often endpoints are asked about what is in no block.
    """

    tracked_per_room: int
    tracks_per_minute: int
    track_poll_seconds: float


class Tracking:
    """The tracked transactions of every chain of a process."""

    def __init__(
        self, chains: Chains, store: ChainStore, deliver: Deliver, clock: Clock, limits: TrackingLimits
    ) -> None:
        self._chains, self._store, self._clock, self._limits = chains, store, clock, limits
        self._spent = Buckets(limits.tracks_per_minute / 60, limits.tracks_per_minute, clock)
        self._tasks = RunningTasks()
        self.trackers: dict[int, TransactionTracker] = {}
        self.polls: dict[int, PendingPoll] = {}
        for chain in chains:
            self._follow(chain, deliver)

    def _follow(self, chain: Chain, deliver: Deliver) -> None:
        number = chain.config.chain_id
        tracker = TransactionTracker(lambda: self.polls[number].wake(), self._forget)
        self.trackers[number] = tracker
        self.polls[number] = PendingPoll(
            tracker, chain.nodes, lambda height: _canonical(chain, height), deliver, self._clock,
            every_s=self._limits.track_poll_seconds, drop_ms=int(chain.config.track_drop * 1000), on_gone=self._forget,
        )  # fmt: skip
        chain.follower.listeners.add(tracker)

    def start(self) -> None:
        """Begin to ask about what is in no block."""
        for poll in self.polls.values():
            self._tasks.start(poll.run())

    async def stop(self) -> None:
        """End what is under way."""
        await self._tasks.stop()

    def begin(self, room: RoomId, request: RoomRequest) -> None:
        """Follow the transaction of a `wallet.track` once its room has stored it.

        Raises:
            Invalid: the body. NotFound: a chain that is not followed. RateLimited: too many of this account.
        """
        post = request.command
        assert isinstance(post, Post)
        track = read_track(post.body)
        self._chains.chain(track["chain"])
        bucket = self._spent.of(post.author)
        if post.rank < OPERATOR and not bucket.spend():
            message = "You track too many transactions; try again later."
            raise RateLimited(message, reason="tracks", retry_after=bucket.wait_ms())
        post.most = self._limits.tracked_per_room
        reply = request.reply

        def stored(answer: Answer) -> None:
            if isinstance(answer, ParlourError) or answer.get("duplicate"):
                bucket.give_back()
            else:
                self._tasks.start(self._add(room, answer["seq"], track))
            if reply is not None:
                reply(answer)

        request.reply = stored

    async def _add(self, room: RoomId, of: int, track: dict[str, object]) -> None:
        """Keep the track over a restart, and ask about it at once."""
        chain = int(str(track["chain"]))
        tracker = self.trackers[chain]
        sub = sub_of(room, of, track, tracker.height)
        tracker.all.add(Tracked.of_sub(sub))
        try:
            await self._store.add_sub(sub)
        except StoreError as error:
            log.warning("tracking.not_kept", room=room, error=str(error))
        self.polls[chain].wake()

    def _forget(self, gone: Sequence[Tracked]) -> None:
        self._tasks.start(self._drop([tracked.id for tracked in gone]))

    async def _drop(self, ids: Sequence[str]) -> None:
        try:
            await self._store.drop_subs(ids)
        except StoreError as error:
            log.warning("tracking.not_dropped", error=str(error))


def _canonical(chain: Chain, number: int) -> str | None:
    try:
        header = chain.follower.ready().tracker.at(number)
    except Unavailable:
        return None
    return None if header is None else header.hash
