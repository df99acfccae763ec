"""A refused request names the field as its sender wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import protocol
from parlour.errors import Invalid

POST = {"room": "r", "id": "p", "type": "game.action"}


@pytest.mark.parametrize(
    ("model", "data", "path"),
    [
        (protocol.RoomPost, {**POST, "body": []}, "body"),
        (protocol.RoomPost, {**POST, "body": "x"}, "body"),
        (protocol.RoomPost, POST, "body"),
        (protocol.RoomPost, {**POST, "body": {}, "seen": {"seq": 1, "hash": "0x"}}, "seen.hash"),
        (protocol.RoomPost, {**POST, "body": {}, "seen": {"seq": 1}}, "seen.hash"),
        (protocol.RoomPost, {**POST, "body": {}, "seen": []}, "seen"),
    ],
)
def test_a_wrong_field_is_named_without_the_types_it_might_have_had(model: Any, data: dict[str, Any], path: str):
    with pytest.raises(Invalid) as refused:
        protocol.parse(model, data)
    assert refused.value.details == {"path": path}
