"""Large JSON-RPC answers come out of slices as they would come out whole."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from parlour.adapters.chain.large_answers import LARGE, parse

LOG = {"address": "0x" + "11" * 20, "topics": ["0x" + "22" * 32] * 3, "data": "0x" + "00" * 32, "removed": False}
LOGS = [{**LOG, "logIndex": hex(n)} for n in range(3000)]
RECEIPTS = [{"logs": [LOG, LOG], "status": "0x1", "n": n} for n in range(1500)]


@pytest.mark.parametrize(
    "answer",
    [
        {"jsonrpc": "2.0", "id": 1, "result": LOGS},
        {"result": LOGS, "id": 1, "jsonrpc": "2.0"},
        [{"id": 1, "result": {"number": "0x1"}}, {"id": 2, "result": LOGS}],
        [{"id": 1, "result": LOGS}, {"id": 2, "result": {"number": "0x1"}}],
        [{"id": 1, "result": []}, {"id": 2, "result": LOGS}],
        [{"id": 1, "result": LOGS}, {"id": 2, "result": LOGS}],
        {"id": 1, "result": RECEIPTS},
        {"id": 1, "result": [{"note": '},{"note":"}]'}, *LOGS]},
        {"id": 1, "result": {"input": "0x" + "ab" * LARGE}},
        {"id": 1, "result": ["0x" + "ab" * 32] * 20_000},
        [1] * LARGE,
    ],
)
async def test_large_answer_is_parsed_as_a_whole_one_would_be(answer: Any) -> None:
    raw = orjson.dumps(answer)
    assert len(raw) >= LARGE
    assert await parse(raw) == answer


async def test_spoilt_large_answer_is_refused() -> None:
    raw = orjson.dumps({"id": 1, "result": LOGS})
    for spoilt in (raw[:-1], raw.replace(b"},{", b"},,{", 1), raw.replace(b"0xbb7", b'0x"bb7'), raw + b"]"):
        with pytest.raises(orjson.JSONDecodeError):
            await parse(spoilt)
