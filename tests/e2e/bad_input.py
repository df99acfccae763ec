"""What the checks of bad input share: a room in which nothing may change, and refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.conftest import Enter
from tests.e2e.stock import PythonClient, heard


@asynccontextmanager
async def undisturbed(enter: Enter, room: str) -> AsyncIterator[PythonClient]:
    """Inside, something bad happens; a listener in the room hears nothing, and the log does not grow."""
    listener = await enter("listener")
    joined = await listener.ask("room:join", {"room": room})
    assert joined["ok"], joined
    yield listener
    after = await listener.ask("room:join", {"room": room})
    assert (after["head"], after["hash"]) == (joined["head"], joined["hash"])
    assert heard(listener, "entry") == []
    assert heard(listener, "disconnect") == []


async def room_of(client: PythonClient, room: str, kind: str = "chat", **settings: Any) -> str:
    """Create a room and answer its id."""
    created = await client.ask("room:create", {"kind": kind, "id": room, **settings})
    assert created["ok"], created
    return room


def refusal(ack: dict[str, Any]) -> tuple[str, str | None]:
    """`(code, reason)` of a refused request."""
    assert ack["ok"] is False, ack
    assert isinstance(ack["error"]["message"], str)
    assert isinstance(ack["error"]["retryable"], bool)
    return ack["error"]["code"], ack["error"].get("reason")


def message(room: str, id: str, text: str) -> dict[str, Any]:
    """The data of a post that says something."""
    return {"room": room, "id": id, "type": "chat.message", "body": {"text": text}}
