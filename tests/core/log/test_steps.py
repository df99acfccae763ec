"""Steps between two views (docs/protocol.md, section 4 "Steps"), read by the Python client's reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.log.steps import MOST, steps
from parlour_client.steps import StepsError, apply_steps

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "steps.json").read_text())
LEAVES = st.none() | st.booleans() | st.integers(-MOST, MOST) | st.floats(-9, 9).map(lambda x: x / 4) | st.text("ab")
KEYS = st.text("ab/~_9", max_size=3) | st.just("__proto__")


def containers(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=30
    )


def moved(value: Any, data: st.DataObject) -> Any:
    """Return a value of the same form with other whole numbers."""
    if isinstance(value, dict):
        return {key: moved(item, data) for key, item in reversed(value.items())}
    if isinstance(value, list):
        return [moved(item, data) for item in value]
    if type(value) is not int:
        return value
    near = max(-MOST, min(MOST, value + data.draw(st.integers(-40, 40))))
    return data.draw(st.sampled_from([value, value, near, MOST, -MOST]))


@given(containers(LEAVES), st.data())
@settings(max_examples=300)
def test_steps_lead_to_every_view_of_the_same_form(old: Any, data: st.DataObject):
    new = moved(old, data)
    text = steps(old, new)
    assert text is not None
    assert apply_steps(old, text) == new


@given(containers(LEAVES), containers(LEAVES))
@settings(max_examples=300)
def test_steps_are_not_written_where_more_than_numbers_differs(old: Any, new: Any):
    text = steps(old, new)
    assert text is None or json.dumps(apply_steps(old, text), sort_keys=True) == json.dumps(new, sort_keys=True)


@pytest.mark.parametrize("case", VECTORS["written"], ids=lambda case: case["about"])
def test_written_steps_equal_the_vectors(case: dict[str, Any]):
    assert steps(case["old"], case["new"]) == case["steps"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["about"])
def test_steps_that_do_not_fit_are_refused(case: dict[str, Any]):
    with pytest.raises(StepsError):
        apply_steps(case["old"], case["steps"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        ([1], [True]),
        ([True], [1]),
        ([1.5], [2.5]),
        ([1], [1.5]),
        ([None], [0]),
        (["a", 1], ["b", 2]),
        ([MOST + 1], [MOST]),
        ([0], [-MOST - 1]),
        ({"é": 1}, {"é": 2}),
        ([(1,)], [(1,)]),
        ([b"1", 1], [b"1", 2]),
        ({"a": [1]}, {"a": {"0": 1}}),
    ],
)
def test_what_steps_cannot_say_is_left_to_a_patch(old: Any, new: Any):
    assert steps(old, new) is None


def test_numbers_that_stay_may_be_of_any_size():
    assert steps([2**60, 0.5, 1, 1.0, 0], [2**60, 0.5, 1.0, 1, 1]) == "BEC"


@given(st.text("ABCYgZ/+9~", max_size=12), containers(LEAVES))
@settings(max_examples=300)
def test_any_text_is_taken_or_refused(text: str, old: Any):
    try:
        apply_steps(old, text)
    except StepsError:
        return


def test_what_did_not_change_is_shared():
    old = {"still": [1, {"deep": 2}], "moving": [3]}
    new = apply_steps(old, steps(old, {"still": [1, {"deep": 2}], "moving": [4]}) or "")
    assert new == {"still": [1, {"deep": 2}], "moving": [4]}
    assert new["still"] is old["still"]
    assert old["moving"] == [3]
