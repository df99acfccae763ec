"""Who is in a room, and what they show: a picture, and the events that change it (protocol section 8, "Presence")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHOWN = ("v", "members", "count", "status", "data")


def picture(ack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the picture that a join or `room:presence` answers."""
    return {key: ack[key] for key in _SHOWN if key in ack}


def presence_after(before: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the picture after an event that follows `before`; None where one between is missing."""
    version = event.get("v", before["v"] + 1)
    if "joined" not in event:
        return {"v": version, "count": event["count"]}
    if version != before["v"] + 1 or "members" not in before:
        return None
    gone, new = set(event["left"]), event["joined"]
    stayed = [member for member in before["members"] if member not in gone]
    members = stayed + [member for member in new if member not in stayed]
    status, data = _status_after(before, event), _data_after(before, event)
    shown = ({"status": status} if status else {}) | ({"data": data} if data else {})
    return {"v": version, "members": members, "count": event["count"], **shown}


def _status_after(before: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Who left says nothing any more, unless it is when; nor does who is active, without a word about it."""
    status = {who: said for who, said in before.get("status", {}).items() if who not in event["left"]}
    status |= event.get("status", {})
    return {who: said for who, said in status.items() if said != {"status": "active"}}


def _data_after(before: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    data = {**before.get("data", {}), **event.get("data", {})}
    return {connection: shown for connection, shown in data.items() if shown is not None}
