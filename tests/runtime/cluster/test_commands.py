"""Requests and refusals as they travel: nothing of what a client said is lost or changed."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import errors
from parlour.core import room as commands
from parlour.core.matchmaking.commands import Withdraw
from parlour.core.room import Command, Draft, Seen
from parlour.core.room.commands import SetGate
from parlour.errors import ParlourError
from parlour.runtime.cluster import wire
from parlour.runtime.cluster.commands import packed, packed_error, unpacked, unpacked_error
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Handover, Since

A = "0x" + "1" * 40


@pytest.mark.parametrize(
    "command",
    [
        commands.Post(author=A, rank=2, id="p", type="chat.message", body={"text": "hi", "n": [1, {"a": None}]}),
        commands.Post(author=A, id="d", type="doc.update", body=b"\x00\xff"),
        commands.Post(author=A, id="s", sig="0x1", salt=b"salt", seen=Seen(3, b"hash"), raw=b"{}"),
        commands.Join(author=A, vector=b"\x01", proof=(b"a", b"b"), vault=A, as_="spectator"),
        commands.Configure(author=A, title="T", rules={"slow": 1}, gate=SetGate({"a": 1}, [Draft("x", {}, A)])),
        commands.ChainUpdate(drafts=[Draft("chain.event", {"n": "1"}, "", source="chain:1")]),
        commands.Moderate(author=A, account=A, account_rank=3, action="ban", until=5),
        Withdraw(A, ticket="t"),
    ],
)
def test_command_comes_out_as_it_went_in(command: Command) -> None:
    request = RoomRequest(command, since=Since("e", 4, b"h"), limit=3, request_id="r", invite=b"i", references=[1, 2])
    request.handover = Handover("e", 4, 7, 2, [A], {"cursor": b"\x01"})
    again = unpacked(*wire.loads(wire.dumps(packed(request))))
    assert type(again.command) is type(command)
    for name in type(command).__dataclass_fields__:
        mine, other = getattr(command, name), getattr(again.command, name)
        assert _plain(other) == _plain(mine), name
    assert (again.since, again.limit, again.request_id) == (request.since, 3, "r")
    assert (again.invite, again.references) == (b"i", [1, 2])
    assert again.handover == request.handover


def test_command_is_of_its_modules_class_when_one_of_its_name_is_left() -> None:
    left = type("Withdraw", (commands.Join,), {})
    again = unpacked(*packed(RoomRequest(Withdraw(A, ticket="t"))))
    assert type(again.command) is Withdraw is not left


def test_join_that_asks_for_no_entries_asks_for_none_at_the_owner() -> None:
    again = unpacked(*packed(RoomRequest(commands.Join(author=A), limit=0)))
    assert (again.limit, again.request_id, list(again.references)) == (0, None, [])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(("name", "values"), [("Nonsense", {}), ("Post", {"nonsense": 1}), ("Post", {"rank": "x"})])
def test_what_is_no_command_is_refused(name: str, values: dict[str, Any]) -> None:
    with pytest.raises((ValueError, LookupError)):
        unpacked(name, values, {})


def kinds(base: type[ParlourError] = ParlourError) -> list[type[ParlourError]]:
    return [base, *(each for sub in base.__subclasses__() for each in kinds(sub))]


@pytest.mark.parametrize("kind", kinds())
def test_refusal_says_the_same_on_the_other_node(kind: type[ParlourError]) -> None:
    error = kind.__new__(kind, "m")
    ParlourError.__init__(error, "Words.", reason="r", retry_after=7, details={"path": "p"})
    again = unpacked_error(wire.loads(wire.dumps(packed_error(error))))
    assert type(again) is kind
    assert again.to_json() == error.to_json()


def test_unknown_refusal_is_internal() -> None:
    assert isinstance(unpacked_error(["Brave", "new", None, None, None]), errors.Internal)
