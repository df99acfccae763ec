"""What a room's mailbox gives a turn."""

from __future__ import annotations

from parlour.core.room import Command, Dropped, Join, Tick
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.mailbox import Mailbox
from tests.runtime.kit import ALICE, OWNER, message, moderate


def filled(*waiting: Command, batch: int = 10) -> Mailbox:
    mailbox = Mailbox(100, batch, deliveries=10)
    for command in waiting:
        mailbox.put(RoomRequest(command))
    return mailbox


def taken(mailbox: Mailbox, here: int = 1) -> list[str]:
    return [type(request.command).__name__ for request in mailbox.next_batch(here)]


def test_batch_holds_no_more_posts_than_it_may() -> None:
    mailbox = filled(message(ALICE, "1"), Join(author=ALICE), message(ALICE, "2"), Join(author=ALICE))
    assert taken(mailbox, here=10) == ["Post", "Join"]
    assert taken(mailbox, here=10) == ["Post", "Join"]


def test_command_that_stands_alone_is_a_batch() -> None:
    mailbox = filled(message(ALICE, "1"), moderate(OWNER, "mute", ALICE), message(ALICE, "2"))
    assert [taken(mailbox) for _ in range(3)] == [["Post"], ["Moderate"], ["Post"]]


def test_commands_that_are_always_due_leave_clients_every_other_batch() -> None:
    mailbox = filled(message(ALICE, "1"), message(ALICE, "2"), batch=1)
    seen = []
    for _ in range(4):
        if not mailbox.due:
            mailbox.put_due([RoomRequest(Tick(dt=0.1))])
        seen.append(taken(mailbox))
    assert seen == [["Tick"], ["Post"], ["Tick"], ["Post"]]


def test_requests_when_put_back_come_first_in_order() -> None:
    mailbox = filled(message(ALICE, "1"), message(ALICE, "2"), message(ALICE, "3"))
    batch = mailbox.next_batch(5)
    mailbox.put_own(Dropped(author=ALICE))
    mailbox.put_back(batch)
    texts = [getattr(request.command, "body", {}).get("text") for request in mailbox.next_batch(1)]
    assert texts == ["1", "2", "3", None]
