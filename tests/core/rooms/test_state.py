"""States are made of JSON, and copies share nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, PrivateAttr

from parlour import State
from parlour.core.rooms.state import clone
from tests.core.games.small_games import Notes, Point


class Ship(State):
    cell: int = 0


@pytest.mark.parametrize(
    "annotation", [set[int], frozenset[str], list[set[int]], dict[str, list[frozenset[int]]], bytes]
)
def test_state_field_of_sets_or_bytes_is_refused(annotation: Any):
    with pytest.raises(TypeError, match="no sets and no bytes"):
        type("Bad", (State,), {"__annotations__": {"seen": annotation}, "__module__": __name__})


def test_set_inside_a_state_is_found_when_it_is_copied():
    with pytest.raises(TypeError, match="State holds no set"):
        clone([{"a": {1, 2}}])


def test_copy_shares_nothing_that_can_change():
    class Fleet(State):
        ships: list[Ship] = [Ship(cell=1)]
        by_seat: dict[int, list[int]] = {0: [1]}
        pair: tuple[int, list[int]] = (1, [2])

    fleet = Fleet()
    twin = clone(fleet)
    twin.ships[0].cell = 9
    twin.by_seat[0].append(9)
    twin.pair[1].append(9)
    assert fleet == Fleet()
    assert twin != fleet


def test_defaults_of_a_state_are_shared_by_no_two():
    one, other = Notes(), Notes()
    one.lines.append("x")
    assert other.lines == []


class Plain(BaseModel):
    a: int = 1


@pytest.mark.parametrize("annotation", [dict[tuple[int, int], int], dict[Point, int], list[dict[tuple[int, ...], str]]])
def test_state_dict_with_keys_json_lacks_is_refused(annotation: Any):
    with pytest.raises(TypeError, match="keys"):
        type("Bad", (State,), {"__annotations__": {"x": annotation}, "__module__": __name__})


@pytest.mark.parametrize("annotation", [Plain, list[Plain], dict[str, Plain | None], complex, Callable[[], None]])
def test_state_field_of_a_foreign_type_is_refused(annotation: Any):
    with pytest.raises(TypeError, match="holds no"):
        type("Bad", (State,), {"__annotations__": {"x": annotation}, "__module__": __name__})


def test_state_with_a_private_field_is_refused():
    with pytest.raises(TypeError, match="_hidden"):

        class Bad(State):
            _hidden: int = PrivateAttr(3)
