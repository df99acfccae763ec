"""The table of requests: complete, regular, and the only place that knows what may be asked."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from parlour.adapters.socket.request_spec import RequestSpec
from parlour.adapters.socket.requests import REQUESTS, SUBJECTS
from parlour.protocol.requests import RoomRead
from parlour.protocol.values import RoomInfo

PROSE = Path(__file__).parents[3] / "docs" / "protocol.md"
HARMLESS_AGAIN = {
    *("room:join", "room:read", "room:report", "match:cancel", "party:ready"),
    *("account:block", "account:profile", "account:push"),
    *("notices:read", "room:notify", "dm:open", "dm:answer", "account:status"),
}
"""They change something, have no `id`, and may be repeated: twice is once."""


def test_table_holds_every_request_of_the_prose_and_no_other() -> None:
    section = PROSE.read_text(encoding="utf-8").partition("## 3.")[2].partition("- **Rooms.**")[0]
    named = set(
        re.findall(r"`((?:room|match|market|chain|doc|account|notices|dm|ratings|board|party):[a-z]+|search)`", section)
    )
    assert named - {"match:found"} == set(REQUESTS)


def test_table_names_each_request_once() -> None:
    assert sum(len(subject.SPECS) for subject in SUBJECTS) == len(REQUESTS)


@pytest.mark.parametrize("spec", REQUESTS.values(), ids=lambda spec: spec.name)
def test_request_that_mutates_takes_an_id_or_is_harmless_again(spec: RequestSpec) -> None:
    if spec.mutates:
        assert ("id" in spec.model.model_fields) != (spec.name in HARMLESS_AGAIN)


@pytest.mark.parametrize("spec", REQUESTS.values(), ids=lambda spec: spec.name)
def test_handler_says_in_a_docstring_what_it_does(spec: RequestSpec) -> None:
    assert inspect.getdoc(spec.handler)
    assert inspect.getdoc(spec.model)


def test_spec_refuses_a_reply_that_is_none() -> None:
    with pytest.raises(AssertionError, match="answers no Reply"):
        RequestSpec("room:read", RoomRead, RoomInfo, lambda call: None, cost="read")
