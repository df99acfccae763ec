"""Rooms stored by the code of commit 1b06cf7 (tests/data/snapshots/rooms.json) open under today's code."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest

from parlour.core.games.room import GameRoom
from parlour.core.room import Entry, fold
from parlour.core.rooms.hall import Hall

STORED = orjson.loads((Path(__file__).parents[2] / "data" / "snapshots" / "rooms.json").read_bytes())


def kind_of(stored: dict[str, Any]) -> type[Hall]:
    if stored["game"] is None:
        return Hall
    module, _, name = stored["game"].partition(":")
    return GameRoom.of(getattr(import_module(module), name))


def entries_of(stored: dict[str, Any]) -> list[Entry]:
    """The log as the fold reads it: hashes and salts play no part there."""
    facts = ("seq", "id", "type", "author", "at", "body")
    given = [{key: line[key] for key in facts} | {"ref": line["ref"]} for line in stored["log"]]
    nothing = {"room": "table", "epoch": "epoch", "raw": b"", "body_hash": bytes(32), "hash": bytes(32)}
    return [Entry(**nothing, **line) for line in given]


def today(shown: Any) -> Any:
    """What older code stored or showed, without the stakes that tic-tac-toe counted by itself then."""
    if not isinstance(shown, dict):
        return shown
    return {key: today(value) for key, value in shown.items() if key not in ("staked", "pot")}


def end_of(stored: dict[str, Any]) -> Any:
    """What older code stored at the end, with the inputs that worlds count by seat now."""
    end = today(stored["end"])
    ticks = [line["body"] for line in stored["log"] if line["type"] == "game.tick"]
    if played := Counter(str(given["seat"]) for body in ticks for given in body["inputs"]):
        end["world"]["applied"] = dict(played)
    return end


def as_json(value: Any) -> Any:
    """What a store keeps of a value: tuples become lists, keys become strings."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: str(stored["name"]))
def test_room_stored_by_older_code_restores_and_follows_its_log(stored: dict[str, Any]) -> None:
    log, room = entries_of(stored), kind_of(stored)("table")
    room.restore(stored["snapshot"])
    fold(room, log[stored["at"] :])
    assert as_json(room.snapshot()) == end_of(stored)
    if stored["name"] != "diary-of-another-version":  # a fold from the first entry cannot read its world
        assert as_json(room.snapshot()) == as_json(fold(kind_of(stored)("table"), log).snapshot())
    assert room.lobby() == stored["lobby"]
    assert room.deadline() == stored["deadline"]


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: str(stored["name"]))
def test_room_stored_by_older_code_shows_and_hides_the_same(stored: dict[str, Any]) -> None:
    log, room = entries_of(stored), kind_of(stored)("table")
    room.restore(stored["snapshot"])
    fold(room, log[stored["at"] :])
    for name, shown in stored["views"].items():
        viewer = None if name == "None" else name
        now, then = as_json(room.view(viewer)), today(shown)
        assert (now and {key: now[key] for key in then}) == then  # a view may have more keys than before
        assert [entry.seq for entry in log if room.hides(entry, viewer)] == stored["hidden"][name]
