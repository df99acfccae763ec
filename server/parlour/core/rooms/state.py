"""The state and the options of a kind: typed, always valid JSON, cheap to copy.

`State` holds what JSON holds (None, bool, int, float, str, list, tuple, dict, enums and nested States) and no sets: a
set's order depends on PYTHONHASHSEED, and a match has to replay the same everywhere.
"""

from __future__ import annotations

import collections.abc
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import orjson
from annotated_types import Interval, Len
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from parlour.errors import Invalid

M = TypeVar("M", bound=BaseModel)
_DECIMAL = re.compile(r"-?[0-9]{1,80}")
"""A 256-bit number has 78 digits."""
_ATOMS = frozenset({type(None), bool, int, float, str})
UNORDERED = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class State(BaseModel):
    """Base of a game's or a kind's state: annotated fields with defaults.

        class Board(State):
            cells: list[int | None] = [None] * 9

    Raises:
        TypeError: a field is, or holds, what no snapshot could give back (at class definition).
    """

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__private_attributes__:
            private = next(iter(cls.__private_attributes__))
            raise TypeError(f"{cls.__name__}.{private}: no snapshot holds a private field; drop the underscore.")
        for name, field in cls.model_fields.items():
            if problem := _problem(field.annotation):
                raise TypeError(f"{cls.__name__}.{name}: {problem}")


@cache
def state_of(author: type[Any], base: type[Any]) -> type[State]:
    """Return the State in the brackets of `class Name(base[State])`; raises TypeError where there is none."""
    for klass in author.__mro__:
        for written in getattr(klass, "__orig_bases__", ()):
            if get_origin(written) is base:
                argument = get_args(written)[0]
                if isinstance(argument, type) and issubclass(argument, State):
                    return argument
    raise TypeError(f"{author.__name__}: write {base.__name__}[YourState], where YourState is a State.")


class Options(BaseModel):
    """Base of the options of a room; unknown names and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())


def Between(low: float, high: float) -> Interval:  # noqa: N802  # reads as the annotation it is
    """Limit a number, both ends included: `Cell = Annotated[int, Between(0, 8)]`."""
    return Interval(ge=low, le=high)


def Length(shortest: int, longest: int) -> Len:  # noqa: N802
    """Limit the length of a text or a list: `Word = Annotated[str, Length(1, 40)]`."""
    return Len(shortest, longest)


def _checksum(address: str) -> str:
    from eth_utils.address import is_address, to_checksum_address

    if not is_address(address):
        raise ValueError("not an address")
    return to_checksum_address(address)


def _whole(amount: object) -> int:
    if type(amount) is int:
        return amount
    if isinstance(amount, str) and _DECIMAL.fullmatch(amount):
        return int(amount)
    raise ValueError("not a decimal string")


Amount = Annotated[int, BeforeValidator(_whole, json_schema_input_type=str), PlainSerializer(str, when_used="json")]
"""An on-chain amount: an int in Python, a decimal string in JSON (protocol §0 "Values")."""

Address = Annotated[str, AfterValidator(_checksum)]
"""A 20-byte address, EIP-55 once validated."""


def parsed(model: type[M], value: Any, under: str, *, strict: bool | None = None) -> M:
    """Read JSON as a model.

    Args:
        under: where the value stands in the request: `options`, `body`.

    Raises:
        Invalid: `details.path` names the field.
    """
    try:
        return model.model_validate_json(orjson.dumps(value), strict=strict)
    except ValidationError as error:
        raise refusal(error, under) from None
    except TypeError as error:
        raise Invalid(f"{under}: {error}.", details={"path": under, "problem": str(error)}) from None


def refusal(error: ValidationError, under: str) -> Invalid:
    """Return pydantic's first error as an Invalid: `{path: "args.cell", problem: "Input …"}`."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = ".".join([under, *(str(step) for step in first["loc"])])
    return Invalid(f"{path}: {first['msg']}.", details={"path": path, "problem": first["msg"]})


def clone(value: Any) -> Any:
    """Return a deep copy of what a State may hold, about ten times faster than copy.deepcopy.

    Raises:
        TypeError: the value holds something JSON does not.
    """
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list:
        return value.copy() if _ATOMS.issuperset(map(type, value)) else [clone(v) for v in value]
    if kind is dict:
        twin = value.copy()
        if not _ATOMS.issuperset(map(type, twin.values())):
            for key, item in value.items():
                twin[key] = clone(item)
        return twin
    if isinstance(value, State):
        fields = value.__dict__.copy()
        for name, item in fields.items():
            if type(item) is list and _ATOMS.issuperset(map(type, item)):
                fields[name] = item.copy()
            elif type(item) not in _ATOMS:
                fields[name] = clone(item)
        twin = kind.__new__(kind)  # type: ignore[call-overload]  # a State, not a metaclass
        object.__setattr__(twin, "__dict__", fields)
        object.__setattr__(twin, "__pydantic_fields_set__", value.__pydantic_fields_set__)
        object.__setattr__(twin, "__pydantic_extra__", None)
        object.__setattr__(twin, "__pydantic_private__", None)
        return twin
    if isinstance(value, tuple):
        items = [clone(v) for v in value]
        return kind(*items) if hasattr(kind, "_fields") else tuple(items)
    if isinstance(value, (Enum, Options, str, int, float)):
        return value
    raise TypeError(f"State holds no {kind.__name__}; use a list, a dict, a number, a str or a State.")


def parts(annotation: Any) -> Iterator[Any]:
    """Yield the types an annotation is made of: `list[set[int]]` → list, set, int."""
    yield get_origin(annotation) or annotation
    for part in get_args(annotation):
        if isinstance(part, list):  # the arguments of a Callable
            continue
        if not isinstance(part, (str, int)):
            yield from parts(part)


def _problem(annotation: Any) -> str | None:
    """Return why a State cannot have such a field; None where it can."""
    for part in parts(annotation):
        if part in UNORDERED or part is bytes:
            return "state holds no sets and no bytes; use a list, a dict or a str."
        if part is complex or part is collections.abc.Callable or _is_foreign(part):
            return f"state holds no {part.__name__}; use a list, a dict, a number, a str or a State."
    return "the keys of a dict are str, int or an Enum." if _has_odd_keys(annotation) else None


def _is_foreign(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel) and not issubclass(part, (State, Options))


def _has_odd_keys(annotation: Any) -> bool:
    """Return whether some dict has keys that JSON cannot hold, such as tuples."""
    args = get_args(annotation)
    if get_origin(annotation) in _DICTS and args:
        key = get_origin(args[0]) or args[0]
        if isinstance(key, type) and issubclass(key, (tuple, list, dict, BaseModel)):
            return True
    return any(_has_odd_keys(part) for part in args if not isinstance(part, (str, int, list)))
