"""The arguments of a command: how its parameters' annotations turn typed words into values."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from typing import Any, Literal, NewType, Union, get_args, get_origin

from eth_utils.address import is_address, to_checksum_address

Account = NewType("Account", str)
"""An argument that is an account's address; `0x…` in any case becomes its checksummed spelling."""
Convert = Callable[[str], Any]
"""Turns a word into a value; raises ValueError with a sentence for whoever typed it."""

_WORD = re.compile(r"""(?:"([^"]*)"|“([^”]*)”|'([^']*)')(?=\s|$)|(\S+)""")
"""A word, or words in quotes that open before the first and close behind the last; phones write curly quotes."""
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Place:
    """One parameter of a command behind its context.

    Attributes:
        required: whether the command cannot be called without it.
        many: whether it takes all further words (`*words`).
        rest: whether it takes the rest of the line as it was typed (keyword-only).
    """

    name: str
    convert: Convert
    required: bool
    many: bool
    rest: bool

    def __str__(self) -> str:
        """Return it as a usage shows it; what may be left out is in brackets."""
        name = self.name + ("…" if self.many else "")
        return name if self.required else f"[{name}]"


def split_words(line: str) -> list[str]:
    """Return the words of a line; quotes keep words together, and an unmatched quote is a character."""
    return [next((part for part in match.groups() if part is not None), "") for match in _WORD.finditer(line)]


class Arguments:
    """What a command's handler is called with.

    Args:
        handler: its first parameter is the context.

    Raises:
        TypeError: a parameter's annotation is none that words can be turned into, or it is `**named`.
    """

    def __init__(self, handler: Callable[..., object]) -> None:
        self._signature = inspect.signature(handler)
        parameters = list(self._signature.parameters.values())[1:]
        self.places = [_place(handler, parameter) for parameter in parameters]

    def bind(self, line: str) -> inspect.BoundArguments:
        """Return a line's words as arguments, with None in place of the context.

        Raises:
            ValueError, TypeError: the words do not fit; the text is for the user who typed them.
        """
        rest = next((place for place in self.places if place.rest), None)
        places = [place for place in self.places if not place.rest]
        named: dict[str, Any] = {}
        if rest is not None:
            line, remainder = _cut(line, len(places))
            if remainder:
                named[rest.name] = rest.convert(remainder)
        words = split_words(line)
        converts = _converts(places, len(words))
        values = [convert(word) if convert else word for word, convert in zip_longest(words, converts[: len(words)])]
        return self._signature.bind(None, *values, **named)


def _place(handler: Callable[..., object], parameter: inspect.Parameter) -> Place:
    if parameter.kind is parameter.VAR_KEYWORD:
        raise TypeError(f"{_named(handler)}: a command's words have no names for **{parameter.name}.")
    annotation = parameter.annotation
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, getattr(handler, "__globals__", {}))
        except Exception as error:
            text = f"{_named(handler)}: the annotation {annotation} of {parameter.name} names nothing known: {error}."
            raise TypeError(text) from error
    convert = _convert_to(annotation)
    if convert is None:
        raise TypeError(f"{_named(handler)}: a word of a message cannot become {annotation} ({parameter.name}).")
    many = parameter.kind is parameter.VAR_POSITIONAL
    required = not many and parameter.default is parameter.empty
    return Place(parameter.name, convert, required, many, parameter.kind is parameter.KEYWORD_ONLY)


def _convert_to(wanted: Any) -> Convert | None:
    """Return what turns a word into the wanted type, None where nothing does."""
    if wanted in (str, Any, inspect.Parameter.empty):
        return str
    if wanted in (int, float):
        return wanted  # type: ignore[no-any-return]  # the class itself converts
    if wanted is bool:
        return _to_bool
    if wanted is Account:
        return _to_account
    if get_origin(wanted) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(wanted) if kind is not type(None)]
        return _convert_to(kinds[0]) if len(kinds) == 1 else str if str in kinds else None
    if get_origin(wanted) is Literal:
        return _choice({str(value): value for value in get_args(wanted)})
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _choice({str(member.value): member for member in wanted} | {member.name: member for member in wanted})
    return None


def _choice(values: dict[str, Any]) -> Convert:
    by_word = {word.lower(): value for word, value in values.items()}

    def convert(word: str) -> Any:
        if word.lower() not in by_word:
            raise ValueError(f"one of {', '.join(values)} is wanted, not {word!r}")
        return by_word[word.lower()]

    return convert


def _to_bool(word: str) -> bool:
    if word.lower() in _YES | _NO:
        return word.lower() in _YES
    raise ValueError(f"yes or no is wanted, not {word!r}")


def _to_account(word: str) -> Account:
    if is_address(word):
        return Account(to_checksum_address(word))
    raise ValueError(f"an account's address is wanted (0x and 40 hex digits), not {word!r}")


def _named(handler: Callable[..., object]) -> str:
    return getattr(handler, "__name__", repr(handler))


def _converts(places: Sequence[Place], count: int) -> list[Convert]:
    """Return what converts each of `count` words; those of a `*words` argument share its one."""
    found: list[Convert] = []
    for place in places:
        if place.many:
            return found + [place.convert] * (count - len(found))
        found.append(place.convert)
    return found


def _cut(line: str, count: int) -> tuple[str, str]:
    """Return a line as its first `count` words and what follows them, both as they were typed."""
    end = 0
    for number, match in enumerate(_WORD.finditer(line)):
        if number == count:
            return line[: match.start()], line[match.start() :]
        end = match.end()
    return line[:end], line[end:].strip()
