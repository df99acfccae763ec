"""What a view's annotation says to clients, and whether a view depends on who looks."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import TypedDict

from parlour import State
from parlour.core.rooms.view_schema import OBJECT, looks_at_viewer, view_schema, with_keys


class Board(State):
    cells: list[int] = []


class Tree(State):
    branches: list[Tree] = []


class Shown(TypedDict):
    mine: bool


def typed(self: Any, viewer: str | None) -> Shown: ...
def modelled(self: Any, viewer: str | None) -> Board: ...
def silent(self, viewer): ...  # type: ignore[no-untyped-def]  # an author may leave annotations out
def anything(self: Any, viewer: str | None) -> Any: ...
def unknown(self: Any, viewer: str | None) -> Nowhere: ...  # type: ignore[name-defined]  # noqa: F821
def foreign(self: Any, viewer: str | None) -> Exception: ...


def test_state_shown_as_it_is_is_described_by_its_fields() -> None:
    assert view_schema(None, Board)["properties"].keys() == {"cells"}


@pytest.mark.parametrize(("view", "keys"), [(typed, {"mine"}), (modelled, {"cells"})])
def test_view_is_described_by_its_return_annotation(view: Any, keys: set[str]) -> None:
    assert view_schema(view, State)["properties"].keys() == keys


@pytest.mark.parametrize("view", [silent, anything, unknown, foreign])
def test_annotation_that_says_nothing_describes_an_object(view: Any) -> None:
    assert view_schema(view, Board) == OBJECT


MORE = {"properties": {"status": {"type": "string"}}, "required": ["status"]}


def test_keys_are_added_to_an_object_that_allowed_no_others() -> None:
    whole = with_keys(view_schema(None, Board), MORE)
    assert whole["properties"].keys() == {"cells", "status"}
    assert "status" in whole["required"]
    assert "additionalProperties" not in whole


def test_keys_are_added_to_a_schema_that_refers_elsewhere() -> None:
    whole = with_keys(view_schema(None, Tree), MORE)
    assert whole["allOf"][1] == MORE
    assert whole["$defs"].keys() == {"Tree"}


@pytest.mark.parametrize(
    ("view", "looks"),
    [(lambda self, viewer: {"n": 1}, False), (lambda self, viewer: {"n": viewer}, True), (len, True)],
)
def test_view_looks_at_its_viewer_where_its_code_names_it(view: Any, looks: bool) -> None:
    assert looks_at_viewer(view) is looks
