"""Commands: what a line such as `!roll 20` calls, with which arguments, and what `!help` says of it."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeVar, Union, get_args, get_origin

AsyncHandler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=AsyncHandler)

_WORD = re.compile(r"""(?:"([^"]*)"|“([^”]*)”|'([^']*)')(?=\s|$)|(\S+)""")
"""A word, or words in quotes that open before the first and close behind the last; phones write curly quotes."""
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def split_words(line: str) -> list[str]:
    """Return the words of a line; quotes keep words together, and an unmatched quote is a character."""
    return [next((part for part in match.groups() if part is not None), "") for match in _WORD.finditer(line)]


@dataclass(frozen=True, slots=True)
class Command:
    """A handler with the name it is called by."""

    name: str
    handler: AsyncHandler

    @property
    def usage(self) -> str:
        """The name and the arguments, those that may be left out in brackets: `roll [sides]`."""
        return " ".join([self.name, *(_shown(parameter) for parameter in _parameters(self.handler))])

    @property
    def about(self) -> str:
        """The handler's docstring, "" where it has none."""
        return inspect.getdoc(self.handler) or ""

    def arguments(self, line: str) -> inspect.BoundArguments:
        """Return what the handler is called with beside its context, as its annotations want it.

        A keyword-only argument gets the line as it was typed, from where the positional ones end.

        Raises:
            ValueError, TypeError: the words do not fit; the text is for the user who typed them.
            NameError: an annotation names nothing.
        """
        signature = inspect.signature(self.handler, eval_str=True)
        parameters = list(signature.parameters.values())[1:]
        rest = next((parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY), None)
        places = [parameter for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY]
        named: dict[str, Any] = {}
        if rest is not None:
            line, remainder = _cut(line, len(places))
            if remainder:
                named[rest.name] = _converted(remainder, rest.annotation)
        words = split_words(line)
        annotations = _annotations(places, len(words))
        values = [_converted(word, wanted) for word, wanted in zip_longest(words, annotations[: len(words)])]
        return signature.bind(None, *values, **named)


class Commands:
    """A bot's commands by name; `help` is there as soon as another one is.

    Args:
        prefix: what a line starts with that is a command.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._by_name: dict[str, Command] = {}

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def add(self, name: str, handler: AsyncHandler) -> None:
        """Add a command; raises ValueError for a name that nobody can type."""
        if not name or len(name.split()) != 1 or name.split()[0] != name:
            raise ValueError(f"A command's name is one word, not {name!r}.")
        self._by_name[name] = Command(name, handler)

    def find(self, text: str) -> tuple[str, str] | None:
        """Return the name a text calls and the line behind it; None where it calls nothing."""
        if not text.startswith(self.prefix):
            return None
        name, *line = text.removeprefix(self.prefix).split(maxsplit=1) or [""]
        return (name, line[0].strip() if line else "") if name else None

    def get(self, name: str) -> Command | None:
        """Return a command; phones write the first letter large, so case does not count where it says nothing."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def help(self, line: str) -> str | None:
        """Return what `help` answers: every command with the first line of its docstring, or one with all of it."""
        if not self._by_name:
            return None
        if not line:
            return "\n".join(self._summary(command) for command in self)
        command = self.get(line.removeprefix(self.prefix))
        if command is None:
            return f"There is no command {line}. {self.prefix}help lists them."
        return f"{self.prefix}{command.usage}" + (f"\n{command.about}" if command.about else "")

    def _summary(self, command: Command) -> str:
        first = command.about.partition("\n")[0]
        return f"{self.prefix}{command.usage}" + (f": {first}" if first else "")


def _parameters(handler: AsyncHandler) -> list[inspect.Parameter]:
    return list(inspect.signature(handler).parameters.values())[1:]


def _shown(parameter: inspect.Parameter) -> str:
    many = parameter.kind is parameter.VAR_POSITIONAL
    name = parameter.name + ("…" if many else "")
    return f"[{name}]" if many or parameter.default is not parameter.empty else name


def _annotations(places: Sequence[inspect.Parameter], count: int) -> list[Any]:
    """Return the annotation for each of `count` words; those of a `*words` argument share its one."""
    found: list[Any] = []
    for parameter in places:
        if parameter.kind is parameter.VAR_POSITIONAL:
            return found + [parameter.annotation] * (count - len(found))
        found.append(parameter.annotation)
    return found


def _cut(line: str, count: int) -> tuple[str, str]:
    """Return a line as its first `count` words and what follows them, both as they were typed."""
    end = 0
    for number, match in enumerate(_WORD.finditer(line)):
        if number == count:
            return line[: match.start()], line[match.start() :]
        end = match.end()
    return line[:end], line[end:].strip()


def _converted(word: str, annotation: Any) -> Any:
    """Return a word as an annotation wants it: int, float, bool, one of these or None; anything else stays text."""
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _converted(word, kinds[0]) if len(kinds) == 1 else word
    if annotation is bool:
        if word.lower() in _YES | _NO:
            return word.lower() in _YES
        raise ValueError(f"yes or no is wanted, not {word!r}")
    return annotation(word) if annotation in (int, float) else word
