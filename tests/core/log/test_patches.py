"""RFC 6902 patches between two views."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.log.patches import diff, patched

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=5),
    max_leaves=20,
)


def as_json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@given(JSON, JSON)
@settings(max_examples=200)
def test_patch_leads_from_the_old_view_to_the_new(old: Any, new: Any):
    assert as_json(patched(old, diff(old, new))) == as_json(new)


@given(JSON)
@settings(max_examples=100)
def test_equal_views_need_no_patch(view: Any):
    assert diff(view, orjson.loads(orjson.dumps(view))) == []


def test_one_cell_is_one_operation():
    old = {"cells": [None] * 9, "turn": 0}
    new = {"cells": [None] * 4 + [0] + [None] * 4, "turn": 1}
    assert diff(old, new) == [
        {"op": "replace", "path": "/cells/4", "value": 0},
        {"op": "replace", "path": "/turn", "value": 1},
    ]


def test_number_differs_from_a_truth_value():
    assert diff({"a": 1}, {"a": True}) == [{"op": "replace", "path": "/a", "value": True}]
    assert diff([[1]], [[True]]) == [{"op": "replace", "path": "/0/0", "value": True}]
    assert diff({"a": 1}, {"a": 1.0}) == []


def test_keys_are_escaped_as_rfc_6901_says():
    assert diff({}, {"a/b~c": 1}) == [{"op": "add", "path": "/a~1b~0c", "value": 1}]


def test_column_that_moved_everywhere_is_replaced_whole():
    old, new = {"x": list(range(100))}, {"x": list(range(1, 101))}
    assert diff(old, new) == [{"op": "replace", "path": "/x", "value": new["x"]}]


@pytest.mark.parametrize("change", [1, 2, 50, 100])
def test_no_array_costs_more_than_the_whole_array(change: int):
    old = {"x": [100] * 100}
    new = {"x": [200] * change + [100] * (100 - change)}
    whole = [{"op": "replace", "path": "/x", "value": new["x"]}]
    assert len(orjson.dumps(diff(old, new))) <= len(orjson.dumps(whole))


def test_old_view_is_left_alone():
    old: dict[str, Any] = {"a": [1, 2], "b": {"c": 1}}
    patched(old, diff(old, {"a": [2], "b": {}}))
    assert old == {"a": [1, 2], "b": {"c": 1}}


def test_window_that_moved_on_costs_what_came_and_went():
    rows = [[number, "row"] for number in range(50)]
    old, new = {"rows": rows[:40]}, {"rows": rows[2:42]}
    patch = diff(old, new)
    assert [op["op"] for op in patch] == ["remove", "remove", "add", "add"]
    assert patched(old, patch) == new
