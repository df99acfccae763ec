"""A refused request names the field as its sender wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.errors import Invalid
from parlour.protocol.requests import RoomPost, parse

POST = {"room": "r", "id": "p", "type": "game.action"}


@pytest.mark.parametrize(
    ("model", "data", "path"),
    [
        (RoomPost, {**POST, "body": []}, "body"),
        (RoomPost, {**POST, "body": "x"}, "body"),
        (RoomPost, POST, "body"),
        (RoomPost, {**POST, "body": {}, "seen": {"seq": 1, "hash": "0x"}}, "seen.hash"),
        (RoomPost, {**POST, "body": {}, "seen": {"seq": 1}}, "seen.hash"),
        (RoomPost, {**POST, "body": {}, "seen": []}, "seen"),
    ],
)
def test_wrong_field_is_named_without_the_types_it_might_have_had(model: Any, data: dict[str, Any], path: str):
    with pytest.raises(Invalid) as refused:
        parse(model, data)
    assert refused.value.details == {"path": path}
