"""The log names what happened to rooms and people, and repeats no text of theirs."""

from __future__ import annotations

from structlog.testing import capture_logs

from parlour.core import room as commands
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.operator_log import LOGGED, log_stored
from tests.runtime.kit import ALICE, BOB, OWNER, Process, moderate

REASON = "because of what he said"


async def test_moderation_and_closing_are_logged_without_the_reason() -> None:
    process = Process()
    process.context.on_entry = {type_: [log_stored] for type_ in LOGGED}
    with capture_logs() as lines:
        await process.create()
        for action in ("mute", "unmute", "kick", "ban", "unban"):
            asked = moderate(OWNER, action, BOB)
            asked.reason = REASON
            await process.ask(asked)
        await process.ask(moderate(OWNER, "role", ALICE, role="moderator"))
        await process.ask(commands.Close(author=OWNER, reason=REASON))
    logged = [line["event"] for line in lines if line["event"].startswith("room.")]
    assert logged == [
        "room.created", "room.muted", "room.restored", "room.kicked", "room.banned", "room.restored", "room.role_given",
        "room.closed",
    ]  # fmt: skip
    assert REASON not in str(lines)
    assert {line["account"] for line in lines if line["event"] == "room.banned"} == {BOB}


async def test_created_room_is_logged_without_its_title() -> None:
    process = Process()
    with capture_logs() as lines:
        await process.registry.create(OWNER, NewRoom("chat", "secret-plans", title="what we plan"))
    assert [(line["event"], line["room"]) for line in lines if line["event"] == "room.created"] == [
        ("room.created", "secret-plans")
    ]
    assert "what we plan" not in str(lines)
