"""What is called plain comes back from JSON as it is."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from parlour import Amount, Between, State
from parlour.core.rooms.plain_state import is_plain


class Inner(State):
    n: int = 0
    words: list[str] = []


class Outer(State):
    n: int = 0
    flag: bool = False
    maybe: int | None = None
    x: float = 0.0
    text: str = ""
    phase: Literal["one", "two"] = "one"
    cells: list[int | None] = []
    points: list[float] = []
    names: dict[str, int] = {}
    by_seat: dict[int, Inner] = {}
    grid: list[list[int]] = []
    inner: Inner = Inner()
    held: Inner | None = None
    pot: Amount = 0
    stakes: list[Amount] = []


def comes_back(state: State) -> bool:
    """Write and read it, as a snapshot does."""
    try:
        text = orjson.dumps(state.__pydantic_serializer__.to_python(state, mode="json", warnings="error"))
        return bool(state.__pydantic_validator__.validate_json(text) == state)
    except (TypeError, ValueError):
        return False


def can_be_written(state: State) -> bool:
    """Lone surrogates fail when they are written, which every caller does to know the state's size."""
    try:
        state.__pydantic_serializer__.to_json(state)
    except ValueError:
        return False
    return True


ODD: list[Any] = [
    *(None, True, 0, 1, -1, 2**53, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**79, 10**80),
    *(0.5, float("nan"), float("inf"), -0.0, "", "one", "three", "\ud800", (), (1,), [], {}, b"x"),
]
ATOM = st.sampled_from(ODD) | st.integers() | st.floats() | st.text(max_size=3)
INNER = st.builds(lambda n, words: Inner.model_construct(n=n, words=words), ATOM, st.lists(ATOM, max_size=2))
VALUE = st.recursive(
    ATOM | INNER,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 3) | st.text(max_size=2), inner),
    max_leaves=4,
)


@given(st.sampled_from(list(Outer.model_fields)), VALUE)
def test_plain_state_comes_back_from_json_as_it_is(name: str, value: Any):
    state = Outer()
    object.__setattr__(state, "__dict__", {**vars(state), name: value})
    if is_plain(state) and can_be_written(state):
        assert comes_back(state)


def test_usual_values_are_plain():
    state = Outer(
        cells=[1, None, 0],
        points=[0.5, -1.0],
        names={"a": 1},
        by_seat={0: Inner(n=1, words=["gm"])},
        grid=[[1, 2], []],
        held=Inner(),
        pot=10**70,
        stakes=[10**70, 0],
        maybe=3,
    )
    assert is_plain(state)
    assert comes_back(state)


class Colour(Enum):
    RED = 1


class Coloured(State):
    colour: Colour = Colour.RED


class Bounded(State):
    n: Annotated[int, Between(0, 8)] = 0


class Renamed(State):
    n: int = Field(default=0, alias="m")


class Either(State):
    either: list[int] | list[str] = []


class Checked(State):
    n: int = 0

    @field_validator("n")
    @classmethod
    def _check(cls, n: int) -> int:
        return n + 1


class Prepared(State):
    n: int = 0

    def model_post_init(self, context: Any) -> None:
        self.n = 7


@pytest.mark.parametrize("kind", [Coloured, Bounded, Renamed, Either, Checked, Prepared])
def test_state_with_rules_of_its_own_is_never_called_plain(kind: type[State]):
    assert not is_plain(kind.model_construct())


def test_state_that_lost_a_field_is_not_plain():
    state = Inner()
    del state.n
    assert not is_plain(state)
