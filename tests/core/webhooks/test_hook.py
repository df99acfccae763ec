"""core/webhooks: which entries a webhook takes, and how what it is sent is signed."""

from __future__ import annotations

import hmac
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from parlour.core.webhooks.hook import Hook, body_of
from parlour.core.webhooks.signature import signature

URL = "https://example.org/planted-path"
SECRET = "planted-secret"


@pytest.mark.parametrize(
    ("pattern", "room", "taken"),
    [
        ("*", "hall", True),
        ("sales-*", "Sales-7", True),
        ("sales-*", "support-7", False),
        ("hall?", "hall1", True),
        ("hall?", "hall", False),
        ("*", "chain:1", True),
        ("*", "dm:0011", False),
        ("*", "wallet:0xabc", False),
        ("dm:*", "dm:0011", False),
    ],
)
def test_hook_takes_rooms_of_its_pattern_but_those_nobody_reads(pattern: str, room: str, taken: bool) -> None:
    assert Hook(URL, SECRET, rooms=pattern).takes_room(room) is taken


def test_hook_takes_types_of_any_of_its_patterns() -> None:
    hook = Hook(URL, SECRET, types=("chat.*", "game.ended"))
    assert [type_ for type_ in ("chat.message", "game.ended", "game.action", "Chat.x") if hook.takes_type(type_)] == [
        "chat.message",
        "game.ended",
    ]


def test_hook_is_named_and_shown_without_its_address_and_secret() -> None:
    hook = Hook(URL, SECRET)
    assert hook.name == Hook(URL, "another").name != Hook(URL + "/", SECRET).name
    assert "planted" not in repr(hook) + hook.name


def test_body_names_room_and_entry_under_the_entrys_hash() -> None:
    entry = {"seq": 3, "hash": "0x12", "type": "chat.message", "body": {"text": "gm"}}
    assert json.loads(body_of(Hook("https://example.org", "s"), "Hall", entry)) == {
        "id": "0x12",
        "room": "Hall",
        "entry": entry,
    }


def test_signature_covers_time_and_body() -> None:
    digest = hmac.new(b"secret", b'1700000000000.{"a":1}', "sha256").hexdigest()
    assert signature("secret", 1_700_000_000_000, b'{"a":1}') == f"t=1700000000000,v1={digest}"


def test_receiver_of_the_guide_knows_what_is_from_parlour() -> None:
    [code] = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[3] / "docs/webhooks.md").read_text(), re.DOTALL)
    guide: dict[str, Any] = {}
    exec(code, guide)
    now, body = round(time.time() * 1000), b'{"id": "0x12"}'
    known = guide["is_from_parlour"]
    assert known(signature(SECRET, now, body), body, SECRET)
    assert not known(signature(SECRET, now, body), body + b" ", SECRET)
    assert not known(signature("another", now, body), body, SECRET)
    assert not known(signature(SECRET, now - 3_600_000, body), body, SECRET)
    assert not known("v1=", body, SECRET)


def test_match_is_news_but_for_who_names_the_line() -> None:
    entry = {
        "room": "queue:chess",
        "seq": 7,
        "type": "match.made",
        "at": 5,
        "hash": "0x12",
        "body": {"room": "match-1"},
    }
    news = json.loads(body_of(Hook("https://example.org", "s"), "queue:chess", entry))
    assert news == {
        "id": "0x12",
        "room": None,
        "type": "match.made",
        "data": {"queue": "queue:chess", "seq": 7, "at": 5, "room": "match-1"},
    }
    lines = Hook("https://example.org", "s", rooms="queue:*")
    assert json.loads(body_of(lines, "queue:chess", entry))["entry"] == entry
    created = {**entry, "type": "room.created"}
    assert json.loads(body_of(Hook("https://example.org", "s"), "queue:chess", created))["entry"] == created
