"""Commands: what a line such as `!roll 20` calls, with which arguments, and what `!help` says of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from parlour_client.bot.arguments import Arguments

AsyncHandler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=AsyncHandler)
Per = Literal["account", "room", "bot"]
"""Whose calls a cooldown counts together."""
RoleName = Literal["guest", "member", "editor", "moderator", "owner"]
RANKS: dict[str, int] = {"guest": 0, "muted": 1, "member": 2, "editor": 3, "moderator": 4, "owner": 5}
"""The roles of a room (protocol section 3), those with less rights first."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may call a command, how often, and what follows.

    Attributes:
        help: what `!help` says; "" takes the handler's docstring.
        role: the least role in the room of whoever calls it; None for everybody.
        cooldown: seconds between two calls.
        per: whose calls are counted together.
        also: whether the message goes on to the handlers of messages.
    """

    help: str = ""
    role: RoleName | None = None
    cooldown: float = 0.0
    per: Per = "account"
    also: bool = False


class Command:
    """A handler with the words it is called by.

    Args:
        words: the group's name and its own, such as `poll new`.
        handler: its annotations say what the words behind it become.

    Raises:
        TypeError: an annotation is none that a word can become.
    """

    def __init__(self, words: tuple[str, ...], handler: AsyncHandler, terms: Terms | None = None) -> None:
        self.name = " ".join(words)
        self.words = words
        self.handler = handler
        self.terms = terms or Terms()
        self.arguments = Arguments(handler)

    @property
    def usage(self) -> str:
        """The name and the arguments, those that may be left out in brackets: `roll [sides]`."""
        return " ".join([self.name, *map(str, self.arguments.places)])

    @property
    def about(self) -> str:
        """What it is for, "" where nothing says so."""
        return self.terms.help or inspect.getdoc(self.handler) or ""


class CommandBook:
    """The commands of a bot by their words; `help` is there as soon as another one is.

    Args:
        prefix: what a line starts with that is a command.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._by_words: dict[tuple[str, ...], Command] = {}
        self._listed: list[Command] = []

    def __iter__(self) -> Iterator[Command]:
        return iter(self._listed)

    def add(self, command: Command, names: Iterable[tuple[str, ...]] = ()) -> None:
        """Add a command by its words and by those of its aliases; raises ValueError where some are taken."""
        for words in (command.words, *names):
            if words in self._by_words:
                raise ValueError(f"There are two commands {self.prefix}{' '.join(words)}.")
            self._by_words[words] = command
        self._listed.append(command)

    def find(self, text: str) -> tuple[str, str] | None:
        """Return the words a text calls a command by and the line behind them; None where it calls nothing.

        The longest name that there is counts; where there is none, the name is the first word.
        """
        if not text.startswith(self.prefix):
            return None
        line, name = text.removeprefix(self.prefix).lstrip(), ""
        longest = max(map(len, self._by_words), default=1)
        found: tuple[str, str] | None = None
        for _ in range(longest):
            word, _, line = _split(line)
            if not word:
                break
            name = f"{name} {word}".lstrip()
            if found is None or self.get(name) is not None or self._is_group(name):
                found = name, line
        return found

    def get(self, name: str) -> Command | None:
        """Return a command; phones write the first letter large, so case does not count where it says nothing."""
        words = tuple(name.split())
        return self._by_words.get(words) or self._by_words.get(tuple(word.lower() for word in words))

    def help(self, line: str) -> str | None:
        """Return what `help` answers: every command with a line about it, those of a group, or one with all of it."""
        if not self._listed:
            return None
        asked = line.removeprefix(self.prefix)
        command = self.get(asked)
        if command is not None:
            return f"{self.prefix}{command.usage}" + (f"\n{command.about}" if command.about else "")
        if not line or self._is_group(asked):
            group = tuple(asked.lower().split())
            return "\n".join(self._summary(one) for one in self if one.words[: len(group)] == group)
        return f"There is no command {line}. {self.prefix}help lists them."

    def answer(self, name: str, line: str) -> str | None:
        """Return what a name without a command of its own is answered: `help`, and a group's commands; else None."""
        if name.lower() == "help":
            return self.help(line)
        return self.help(name) if self._is_group(name) else None

    def _is_group(self, name: str) -> bool:
        group = tuple(name.lower().split())
        return any(len(words) > len(group) and words[: len(group)] == group for words in self._by_words)

    def _summary(self, command: Command) -> str:
        first = command.about.partition("\n")[0]
        return f"{self.prefix}{command.usage}" + (f": {first}" if first else "")


class Cooldowns:
    """When commands may be called again."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[str, str], float] = {}

    def wait(self, command: Command, caller: str, room: str, now: float) -> float:
        """Return the seconds to wait before this call; 0 where it may be made, and is counted."""
        terms = command.terms
        if terms.cooldown <= 0:
            return 0.0
        key = command.name, {"account": caller, "room": room, "bot": ""}[terms.per]
        left = self._free_at.get(key, now) - now
        if left > 0:
            return left
        self._free_at = {one: at for one, at in self._free_at.items() if at > now}
        self._free_at[key] = now + terms.cooldown
        return 0.0


def checked_name(name: str) -> str:
    """Return a command's name; raises ValueError for one that nobody can type."""
    if len(name.split()) != 1 or name.split()[0] != name:
        raise ValueError(f"A command's name is one word, not {name!r}.")
    return name


def _split(line: str) -> tuple[str, str, str]:
    """Return the first word of a line, the space behind it, and the rest as it was typed."""
    parts = line.split(maxsplit=1)
    return (parts[0], " ", parts[1].strip()) if len(parts) == 2 else (parts[0] if parts else "", "", "")
