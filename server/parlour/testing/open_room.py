"""Opens a room of any kind in a test: no server, no event loop, no database.

    def test_an_item_is_ticked_off():
        room = open_room(TodoList)
        room.post("alice", "todo.add", text="milk")
        assert room.view() == {"items": [{"text": "milk", "done": False}]}

It is the real thing: the room, its log and its hash chain are those of a server, in memory, with a clock you move.
"""

from __future__ import annotations

from typing import Any

from parlour.core.room import Account, Command, DeadlinePassed, Entry, Join, Outcome, Post
from parlour.errors import ParlourError
from parlour.testing.kept_room import KeptRoom, R


def open_room(kind: type[R], /, *, seed: int = 0, **options: Any) -> OpenRoom[R]:
    """Create a room of a kind, owned by the account `owner`; raises Invalid for wrong options.

    Args:
        seed: another number, other salts and other chance.
        options: the room's options.
    """
    return OpenRoom(kind, options, seed)


class OpenRoom(KeptRoom[R]):
    """A room for tests. Deciding must not change it, and every step checks that."""

    def join(self, account: Account) -> None:
        """Let an account join."""
        self.submit(Join(author=account))

    def post(self, account: Account, type_: str, /, **body: Any) -> Entry:
        """Post an entry as a client does; raises what the client would get. Returns the first entry stored."""
        head = len(self.log)
        self.submit(Post(author=account, id=f"post-{head}", type=type_, body=body))
        return self.log[head]

    def refused(self, account: Account, type_: str, /, **body: Any) -> str:
        """Return the reason of a post's refusal, or its code if it has none; fails if the post is accepted."""
        try:
            self.post(account, type_, **body)
        except ParlourError as error:
            return error.reason or error.code
        raise AssertionError(f"{account}'s {type_} was accepted")

    def wait(self, seconds: float) -> None:
        """Let time pass, and run each deadline of the room that comes."""
        until = self.now + round(seconds * 1000)
        while (deadline := self.room.wakes_at()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.submit(DeadlinePassed())
        self.now = until

    def decide(self, command: Command) -> Outcome:
        """Return the room's outcome for a command; raises its refusal.

        Raises:
            AssertionError: the room changed while it decided, which only its entries may do.
        """
        before = self.room.snapshot()
        try:
            return self.room.handle(command)
        finally:
            assert self.room.snapshot() == before, "deciding changed the room; change it in apply_kind alone"
