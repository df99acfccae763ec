"""A message, and a chain event, are decided in few files: a newcomer can read them all."""

from __future__ import annotations

import asyncio

from tests.walks import CHAIN_EVENT, MESSAGE, chain_event, message, uncounted, unjudged

MOST_FOR_A_MESSAGE = 8
MOST_FOR_A_CHAIN_EVENT = 8
"""Before the event reaches its room."""


def test_a_message_is_decided_in_eight_files() -> None:
    walk = asyncio.run(message())
    files = list(walk.files)
    assert unjudged(files, MESSAGE) == [], "judge the file: list it in MESSAGE or LEFT_OUT of tests/walks.py"
    assert uncounted(walk, files, MESSAGE) == {}, "it can refuse a message, so it decides"
    assert set(MESSAGE) - set(files) == set(), "listed, and does not run"
    assert len(MESSAGE) <= MOST_FOR_A_MESSAGE


def test_a_chain_event_is_decided_in_eight_files_before_its_room() -> None:
    walk = asyncio.run(chain_event())
    files = walk.until("runtime/rooms/")
    assert unjudged(files, CHAIN_EVENT) == [], "judge the file: list it in CHAIN_EVENT or LEFT_OUT of tests/walks.py"
    assert uncounted(walk, files, CHAIN_EVENT) == {}, "it can refuse an event, so it decides"
    assert set(CHAIN_EVENT) - set(files) == set(), "listed, and does not run"
    assert len(CHAIN_EVENT) <= MOST_FOR_A_CHAIN_EVENT
