"""Reads the methods that an author marked: actions with the schema of their arguments, chain hooks with their event."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.errors import PydanticUserError

from parlour.core.authoring.marks import ActionMark, ChainMark
from parlour.core.chain.abi import Event, Param, parse_event
from parlour.core.rooms.state import UNORDERED, parts, refusal
from parlour.errors import Invalid


@dataclass(frozen=True, slots=True)
class Action:
    """One `@action`.

    Attributes:
        name: the method's.
        method: the author's function.
        args: model of the arguments.
        hidden: others get the entry redacted.
        anytime: allowed out of turn.
    """

    name: str
    method: Callable[..., None]
    args: type[BaseModel]
    hidden: bool
    anytime: bool

    def parse(self, args: Any) -> dict[str, Any]:
        """Return the arguments as Python values, read strictly: no "4" for a 4.

        Raises:
            Invalid: `details.path` names the field.
        """
        try:
            # Sorted, as a replay will read them: an author's loop over a dict has to go the same way again.
            raw = orjson.dumps(args, option=orjson.OPT_SORT_KEYS)
            parsed = self.args.__pydantic_validator__.validate_json(raw, strict=True)
        except ValidationError as error:
            raise refusal(error, "args") from None
        except TypeError as error:
            raise Invalid(f"args: {error}.", details={"path": "args", "problem": str(error)}) from None
        return dict(vars(parsed))


@dataclass(frozen=True, slots=True)
class ChainHook:
    """One `@on_chain`.

    Attributes:
        name: the method's.
        event: what it is called with.
        numbers: names of the arguments that are a single (u)int.
        method: the author's function.
        finality: how sure the chain must be.
        contract: the option that holds the contract; None for any contract.
    """

    name: str
    event: Event
    numbers: frozenset[str]
    method: Callable[..., None]
    finality: str
    contract: str | None

    def means(self, event: str, args: dict[str, Any]) -> bool:
        """Return whether a `chain.event`'s name or signature, and arguments, are this event's."""
        if "(" in event:
            return signature_of(event) == self.event.signature
        return event == self.event.name and set(args) == set(self.event.names)


@cache
def signature_of(event: str) -> str:
    """Return the signature of an event's text, without names: `Staked(address,uint256)`."""
    return parse_event(event).signature


def action_of(game: type, name: str, method: Callable[..., None]) -> Action:
    """Return a method that is marked `@action` with the model of its arguments; raises TypeError."""
    mark: ActionMark = method.__parlour__  # type: ignore[attr-defined]  # set by @action
    hints = get_type_hints(method, include_extras=True)
    fields: dict[str, Any] = {}
    parameters = list(inspect.signature(method).parameters.values())
    if len(parameters) < 2:
        raise TypeError(f"{game.__name__}.{name}: its first argument is the player who acts.")
    for parameter in parameters[2:]:
        where = f"{game.__name__}.{name}: {parameter.name}"
        if parameter.name not in hints or parameter.kind not in _NAMED or parameter.name.startswith("_"):
            raise TypeError(f"{where} needs an annotation and a plain name: they are the payload's schema.")
        if any(part in UNORDERED for part in parts(hints[parameter.name])):
            raise TypeError(f"{where}: no sets, for their order differs from run to run; use a list.")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    try:
        args = create_model(name, __config__=config, **fields)
        args.model_json_schema()
    except (PydanticUserError, NameError) as error:
        raise TypeError(f"{game.__name__}.{name}: {error}") from error
    return Action(name, method, args, mark.hidden, mark.anytime)


def hook_of(name: str, mark: ChainMark, method: Callable[..., None]) -> ChainHook:
    """Return a method with the event that its mark, `@on_chain`, names."""
    event = parse_event(mark.event)
    whole = frozenset(n for n, p in zip(event.names, event.inputs, strict=True) if _is_whole(p))
    return ChainHook(name, event, whole, method, mark.finality, mark.contract)


def _is_whole(param: Param) -> bool:
    """Return whether the value is one number, which reaches the author as int."""
    return param.kind.startswith(("uint", "int")) and not param.kind.endswith("]")


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
