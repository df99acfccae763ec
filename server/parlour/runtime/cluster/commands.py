"""Carries requests and refusals between nodes: commands by the name of their class, errors with all they say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import MISSING, asdict, fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Command
from parlour.errors import Internal, ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.recovery import Handover, Since

_DECIDED_BY_THE_HOST = {"at", "seq", "referenced", "entropy", "told", "blocked", "levels", "attachable"}
_READ_AS: dict[str, Any] = {"since": Since, "audit": AuditRecord, "handover": Handover}
_OF_REQUESTS = ("since", "limit", "request_id", "invite", "references", "handover")


def packed(request: RoomRequest) -> list[Any]:
    """Return a request, without its reply and its connection, as `[name, fields, rest]`."""
    rest = {name: value for name in _OF_REQUESTS if (value := getattr(request, name)) not in (None, ())}
    if request.audit is not None:
        rest["audit"] = asdict(request.audit)
    return [type(request.command).__name__, _changed(request.command), rest]


def unpacked(name: str, values: dict[str, Any], rest: dict[str, Any]) -> RoomRequest:
    """Return the request that `packed` was given; raises ValueError for what is none."""
    kind: Any = _named(Command, name)
    if kind is None:
        raise ValueError(f"There is no command {name}.")
    types = _types(kind)
    request = RoomRequest(kind(**{key: adapter(types[key]).validate_python(value) for key, value in values.items()}))
    for key, value in rest.items():
        kind = _READ_AS.get(key)
        setattr(request, key, value if kind is None else adapter(kind).validate_python(value))
    return request


def packed_error(error: ParlourError) -> list[Any]:
    """Return a refusal as JSON, with the name of its class."""
    return [type(error).__name__, error.message, error.reason, error.retry_after, error.details]


def unpacked_error(packed: list[Any]) -> ParlourError:
    """Return the refusal that `packed_error` was given; an unknown one is Internal."""
    name, message, reason, retry_after, details = packed
    cls: Any = _named(ParlourError, name)
    if cls is None:
        return Internal()
    error: ParlourError = cls.__new__(cls, message)
    ParlourError.__init__(error, message, reason=reason, retry_after=retry_after, details=details)
    return error


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what makes values of this type from JSON and bytes, and refuses others."""
    return TypeAdapter(kind)


@cache
def _types(kind: Any) -> dict[str, Any]:
    """Return the types of a class's fields, by name."""
    return get_type_hints(kind)


def _changed(command: Command) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    out: dict[str, Any] = {}
    for field in fields(command):
        value = getattr(command, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.name not in _DECIDED_BY_THE_HOST and value != default:
            out[field.name] = value
    return out


def _named(cls: type[Any], name: str) -> Any:
    """Return the subclass of this name, or None.

    It is the one that its module has: a dataclass with slots leaves the class behind that it was made from, of the same
    name, until a garbage collection looks there.
    """
    return next((each for each in _subclasses(cls) if each.__name__ == name and _is_of_its_module(each)), None)


def _is_of_its_module(cls: type[Any]) -> bool:
    return getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    yield cls
    for each in cls.__subclasses__():
        yield from _subclasses(each)
