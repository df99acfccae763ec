"""Who is in a document and where: what each client shows of itself now (`doc.awareness`). Nothing of it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from parlour_client.errors import ParlourError
from parlour_client.listeners import Guard, Listener, Listeners
from parlour_client.ports import Off
from parlour_client.rooms.posting import Posting

if TYPE_CHECKING:
    import pycrdt

AWARENESS = "doc.awareness"
GATHER_SECONDS = 0.04
"""How long changes of one's own state are gathered into one signal."""
RENEW_SECONDS = 15.0
"""Between two signals of a state that stays: editors forget whoever has said nothing for 30 seconds."""


class Awareness:
    """What each client shows of itself in a document; made with it, as `document.awareness`.

    A client that shows nothing is not seen. The server takes out whoever is gone.
    """

    def __init__(self, doc: pycrdt.Doc[Any], room: Posting, guard: Guard, may_write: Callable[[], bool]) -> None:
        from pycrdt import Awareness as Shared

        self._room = room
        self._guard = guard
        self._shared = Shared(doc)
        self._shared.set_local_state(None)
        self._listeners = Listeners(guard)
        self._may_write = may_write
        self._sending: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None

    @property
    def states(self) -> dict[int, dict[str, Any]]:
        """What each client shows, this one included, by the number of its Yjs client."""
        return deepcopy(self._shared.states)

    @property
    def mine(self) -> dict[str, Any] | None:
        """What this client shows; None for nothing."""
        return deepcopy(self._shared.get_local_state())

    def show(self, state: Mapping[str, Any] | None) -> None:
        """Show this to the others, such as `{"user": {"name": "bot"}}`; None for nothing. It is sent in a moment."""
        before = self._shared.get_local_state()
        self._shared.set_local_state(None if state is None else deepcopy(dict(state)))
        if before is None and state is None:
            return
        self._send_soon()
        if self._renewing is None:
            self._renewing = self._guard.start(self._renew(), "parlour awareness")
        self._listeners.tell(self.states)

    def subscribe(self, listener: Listener) -> Off:
        """Call `listener` with `states` whenever they have changed; the answer takes it off again."""
        return self._listeners.add(listener)

    # ── the document's side ──────────────────────────────────────────────────────────────────────────────────────

    def joined(self) -> None:
        """Forget the others, whom the server tells anew after a join, and tell them what this client shows."""
        others = [client for client in self._shared.states if client != self._shared.client_id]
        self._shared.remove_awareness_states(others, "joined")
        for client in others:
            self._shared.meta.pop(client, None)  # else their unchanged states are not taken again
        if others:
            self._listeners.tell(self.states)
        if self.mine is not None:
            self._send_soon()

    def heard(self, signal: Mapping[str, Any]) -> None:
        """Take what others show."""
        if signal.get("type") != AWARENESS:
            return
        before = self.states
        self._shared.apply_awareness_update(signal["body"], "server")
        if self.states != before:
            self._listeners.tell(self.states)

    def close(self) -> None:
        """Show nothing any more."""
        for task in (self._renewing, self._sending):
            if task is not None:
                task.cancel()
        self._renewing = self._sending = None
        if self.mine is not None:
            self._shared.set_local_state(None)
            self._guard.start(self._send(0.0), "parlour awareness")

    def _send_soon(self) -> None:
        if self._sending is None:
            self._sending = self._guard.start(self._send(GATHER_SECONDS), "parlour awareness")

    async def _send(self, wait: float) -> None:
        await asyncio.sleep(wait)
        self._sending = None
        if not self._may_write():
            return  # who may not edit is not shown; a join that gives the right tells
        try:
            await self._room.signal(AWARENESS, self._shared.encode_awareness_update([self._shared.client_id]))
        except ParlourError:
            pass  # the next join tells it

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if (state := self.mine) is not None:
                self._shared.set_local_state(state)
                self._send_soon()
