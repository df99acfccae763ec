"""RFC 6902 as the client applies it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.log.patches import diff
from parlour_client.patch import PatchError, apply_patch


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
        ([1, 3], [{"op": "add", "path": "/1", "value": 2}], [1, 2, 3]),
        ([1], [{"op": "add", "path": "/-", "value": 2}], [1, 2]),
        ({"a": [1, 2]}, [{"op": "remove", "path": "/a/0"}], {"a": [2]}),
        ([1, 2, 3], [{"op": "replace", "path": "/2", "value": 9}], [1, 2, 9]),
        ({"a": {"b": 1}}, [{"op": "replace", "path": "", "value": []}], []),
        ({"a/b": 1, "m~n": 2}, [{"op": "replace", "path": "/a~1b", "value": 3}], {"a/b": 3, "m~n": 2}),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
        ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
        ({"": 1}, [{"op": "test", "path": "/", "value": 1}], {"": 1}),
    ],
)
def test_operation_does_what_the_rfc_says(before: Any, operations: list[dict[str, Any]], after: Any) -> None:
    assert apply_patch(before, operations) == after


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/absent"},
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "add", "path": "/list/5", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "test", "path": "/x", "value": 2},
        {"op": "add", "path": "x", "value": 1},
        {"op": "conjure", "path": "/x"},
        {"op": "add", "path": "/y"},
    ],
)
def test_patch_that_does_not_fit_leaves_the_value_unchanged(operation: dict[str, Any]) -> None:
    value = {"x": 1, "list": [0]}
    with pytest.raises(PatchError):
        apply_patch(value, [{"op": "replace", "path": "/x", "value": 1}, operation])
    assert value == {"x": 1, "list": [0]}


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "add", "value": 1}, "'path' is missing"),
        ({"op": "add", "path": "/x"}, "'value' is missing"),
        ({"op": "replace", "path": ""}, "'value' is missing"),
        ({"op": "test", "path": "/x"}, "'value' is missing"),
        ({"op": "move", "path": "/x"}, "'from' is missing"),
        ({"path": "/x"}, "'op' is missing"),
        ({"op": "add", "path": None, "value": 1}, "'path' is no JSON Pointer: None"),
        ({"op": "add", "path": 3, "value": 1}, "'path' is no JSON Pointer: 3"),
        ("add", "'add' is no object"),
        (None, "None is no object"),
        ({"op": "remove", "path": "/a~1b/c"}, "nothing at '/a~1b'"),
        ({"op": "add", "path": "/x/y", "value": 1}, "no object and no array at '/x'"),
        ({"op": "add", "path": "/text/0", "value": 1}, "no object and no array at '/text'"),
    ],
)
def test_patch_without_path_or_value_is_a_clear_error(operation: Any, said: str) -> None:
    fine = {"op": "test", "path": "/x", "value": 1}
    with pytest.raises(PatchError, match=f"Operation 2 of the patch: .*{said}"):
        apply_patch({"x": 1, "text": "abc"}, [fine, operation])


def test_patch_shares_what_it_does_not_change() -> None:
    before = {"board": [[1, 2], [3, 4]], "players": {"a": {"n": 1}}, "log": [{"t": 1}]}
    kept = deepcopy(before)
    after = apply_patch(before, [{"op": "replace", "path": "/board/1/0", "value": 9}])
    assert after["board"] == [[1, 2], [9, 4]]
    assert after["board"][0] is before["board"][0]
    assert after["players"] is before["players"]
    assert after["log"] is before["log"]
    assert before == kept


def test_patch_changes_one_of_two_copies_alone() -> None:
    before: dict[str, Any] = {"a": {"n": 1}}
    operations = [
        {"op": "add", "path": "/a/m", "value": [1]},
        {"op": "copy", "from": "/a", "path": "/b"},
        {"op": "add", "path": "/b/m/-", "value": 2},
        {"op": "replace", "path": "/a/n", "value": 3},
    ]
    assert apply_patch(before, operations) == {"a": {"n": 3, "m": [1]}, "b": {"n": 1, "m": [1, 2]}}
    assert before == {"a": {"n": 1}}
    assert operations[0]["value"] == [1]


json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab~/", max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab~/", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(json, json)
def test_patch_of_the_server_leads_from_any_view_to_any_other(old: Any, new: Any) -> None:
    kept = deepcopy(old)
    assert apply_patch(old, diff(old, new)) == new
    assert old == kept
