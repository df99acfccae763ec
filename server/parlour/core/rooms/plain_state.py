"""Checks by its structure that a State comes back from JSON as it is.

Most States hold nothing but numbers, texts, lists, dicts and other States. Looking at the types of their values takes a
tenth of the time of writing and reading JSON, and happens at every move of a game.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from parlour.core.rooms.state import Amount, State

_ATOMS = frozenset({NoneType, bool, int, float, str})
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
"""Whole numbers that orjson writes."""
_LARGEST_AMOUNT = 10**80 - 1
_AMOUNT = get_args(Amount)[1:]
"""What makes an int an Amount: its validator and its serializer."""
_OWN_JSON = frozenset({"__get_pydantic_core_schema__", "__eq__", "model_post_init"})
"""Methods of a State with which JSON may give back something else."""


class _Shape(NamedTuple):
    """What a field may hold.

    Attributes:
        atoms: types of single values.
        low, high: bounds of its ints.
        texts: the only ones allowed where `str` is none of its atoms.
        items: of its list, or None where it holds no list.
        keys: the type of its dict's keys.
        values: of its dict, or None.
        states: classes of States.
    """

    atoms: frozenset[type] = frozenset()
    low: int = _SMALLEST
    high: int = _LARGEST
    texts: frozenset[str] = frozenset()
    items: _Shape | None = None
    keys: type = str
    values: _Shape | None = None
    states: frozenset[type[State]] = frozenset()


class _NotPlain(Exception):
    """An annotation says more than a shape can."""


def is_plain(state: State) -> bool:
    """Return True where all values surely come back from JSON as they are; False where that has to be tried."""
    fields = _fields_of(type(state))
    values = state.__dict__
    if fields is None or len(values) != len(fields):
        return False
    # The rules of `_holds` once more, in place: most fields are an atom or a list of them.
    for name, shape in fields:
        value = values.get(name, _ATOMS)
        kind = type(value)
        if kind is int:
            if int not in shape.atoms or not shape.low <= value <= shape.high:
                return False
        elif kind is list:
            if shape.items is None or not _hold(value, shape.items):
                return False
        elif not (kind is NoneType and NoneType in shape.atoms) and not _holds(value, shape):
            return False
    return True


def _holds(value: Any, shape: _Shape) -> bool:
    kind = type(value)
    if kind is list:
        return shape.items is not None and _hold(value, shape.items)
    if kind is dict:
        return (
            shape.values is not None and set(map(type, value)) <= {shape.keys} and _hold(value.values(), shape.values)
        )
    if kind in shape.states:
        return is_plain(value)
    if kind not in shape.atoms:
        return kind is str and value in shape.texts
    if kind is int:
        return bool(shape.low <= value <= shape.high)
    return kind is not float or isfinite(value)


def _hold(values: Collection[Any], shape: _Shape) -> bool:
    """Return whether a shape holds all of these values; of many atoms it looks at their types as a whole."""
    kinds = set(map(type, values))
    if kinds <= shape.atoms:
        if int in kinds:
            kinds.discard(NoneType)
            if len(kinds) == 1:
                numbers = list(filter(None, values))
                return not numbers or (shape.low <= min(numbers) and max(numbers) <= shape.high)
        elif float not in kinds:
            return True
        elif len(kinds) == 1:
            return all(map(isfinite, values))
    return all(_holds(value, shape) for value in values)


@cache
def _fields_of(state: type[State]) -> tuple[tuple[str, _Shape], ...] | None:
    """Return the shapes of a class's fields; None where it reads or writes JSON in a way of its own."""
    if state.model_config != State.model_config or _has_code(state):
        return None
    try:
        return tuple((name, _shape_of_field(field)) for name, field in state.model_fields.items())
    except _NotPlain:
        return None


def _has_code(state: type[State]) -> bool:
    decorators = state.__pydantic_decorators__
    own = {name for klass in state.__mro__[: state.__mro__.index(State)] for name in vars(klass)}
    return bool(own & _OWN_JSON) or any(getattr(decorators, name) for name in decorators.__dataclass_fields__)


def _shape_of_field(field: FieldInfo) -> _Shape:
    aliases = (field.alias, field.validation_alias, field.serialization_alias)
    if field.exclude or any(aliases) or field.discriminator is not None:
        raise _NotPlain
    if field.metadata:
        return _shape(Annotated[field.annotation, *field.metadata])
    return _shape(field.annotation)


def _shape(annotation: Any) -> _Shape:
    if annotation is None or annotation in _ATOMS:
        return _Shape(frozenset({annotation or NoneType}))
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated and args[0] is int and args[1:] == _AMOUNT:
        return _Shape(frozenset({int}), -_LARGEST_AMOUNT, _LARGEST_AMOUNT)
    if origin is Literal and all(type(choice) is str for choice in args):
        return _Shape(texts=frozenset(args))
    if origin is list and len(args) == 1:
        return _Shape(items=_shape(args[0]))
    if origin is dict and args[0] in (str, int):
        return _Shape(keys=args[0], values=_shape(args[1]))
    if origin is Union or origin is UnionType:
        return _union([_shape(part) for part in args])
    if isinstance(annotation, type) and issubclass(annotation, State):
        return _Shape(states=frozenset({annotation}))
    raise _NotPlain


def _union(shapes: list[_Shape]) -> _Shape:
    """Return what one shape or nothing holds; which one of several JSON gives back has to be tried."""
    others = [shape for shape in shapes if shape.atoms != {NoneType}]
    if len(others) != 1:
        raise _NotPlain
    return others[0]._replace(atoms=others[0].atoms | {NoneType})
