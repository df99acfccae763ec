"""Who is in a room and what they show, as events change it."""

from __future__ import annotations

from typing import Any

from parlour_client.rooms.presence import presence_after

BEFORE = {"v": 1, "members": ["0xA"], "count": 1}


def event(**fields: Any) -> dict[str, Any]:
    return {"room": "lobby", "v": 2, "joined": [], "left": [], "count": 1, **fields}


def test_status_is_kept_until_it_is_taken_back_or_its_account_leaves() -> None:
    busy = {"status": "busy", "text": "chess"}
    said = presence_after(BEFORE, event(joined=["0xB"], count=2, status={"0xB": busy}))
    assert said == {"v": 2, "members": ["0xA", "0xB"], "count": 2, "status": {"0xB": busy}}
    back = presence_after(said, event(v=3, count=2, status={"0xB": {"status": "active"}}))
    assert back == {"v": 3, "members": ["0xA", "0xB"], "count": 2}
    assert presence_after(said, event(v=3, left=["0xB"])) == BEFORE | {"v": 3}
    seen = presence_after(said, event(v=3, left=["0xB"], status={"0xB": {"lastSeen": 7}}))
    assert seen == BEFORE | {"v": 3, "status": {"0xB": {"lastSeen": 7}}}


def test_data_of_a_connection_goes_with_it() -> None:
    cursor = {"account": "0xB", "body": {"x": 1}}
    shown = presence_after(BEFORE, event(data={"c1": cursor}))
    assert shown == BEFORE | {"v": 2, "data": {"c1": cursor}}
    assert presence_after(shown, event(v=3, data={"c1": None})) == BEFORE | {"v": 3}


def test_event_that_does_not_follow_says_nothing() -> None:
    assert presence_after(BEFORE, event(v=4)) is None
    assert presence_after(BEFORE, {"v": 2, "count": 900}) == {"v": 2, "count": 900}
