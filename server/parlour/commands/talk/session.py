"""What the commands of a person share: the server, the key, and how a refusal ends them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import typer

from parlour.commands.outcome import FAILED, INTERRUPTED, UNREACHABLE, USAGE, fail
from parlour_client import ConnectionLost, Parlour, ParlourError, Unauthorized, connect

T = TypeVar("T")

ServerUrl = Annotated[str, typer.Option("--url", help="The server.")]
KeyPlace = Annotated[
    str | None, typer.Option("--key", help="The wallet's key: env:NAME, or a file that holds it. None is a guest.")
]
LOCAL = "http://127.0.0.1:8080"
REACH_SECONDS = 10
"""A server on the other side of the world answers within this."""
_BARE_KEY = re.compile(r"(0x)?[0-9a-fA-F]{64}")


def read_key(place: str | None) -> str | None:
    """Return what `connect` takes for `--key`; a bare key ends the command, as every process here could read it."""
    if place is None or place.startswith("env:"):
        return place
    if _BARE_KEY.fullmatch(place):
        fail("A key on the command line is seen by every process: put it into a variable or a file.", USAGE)
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"The key cannot be read: {error}", USAGE)


def talking(url: str, key: str | None, work: Callable[[Parlour], Awaitable[T]]) -> T:
    """Run work with a client and return its result; refusals and Ctrl-C end the command without a traceback."""

    given = read_key(key)
    _reach(url)

    async def connected() -> T:
        async with connect(url, given) as parlour:
            return await work(parlour)

    try:
        return asyncio.run(connected())
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except ConnectionLost as error:
        fail(error.message, UNREACHABLE)
    except ParlourError as error:
        hint = " (--key names the wallet's key)" if key is None and isinstance(error, Unauthorized) else ""
        fail(f"{error.message}{hint}", FAILED)
    except ValueError as error:
        fail(str(error), USAGE)


def _reach(url: str) -> None:
    """End the command where nobody answers: the client would try for as long as a server may take to restart."""
    if not url.lower().startswith(("http://", "https://")):
        fail(f"{url} is no address of a server: it begins with http:// or https://.", USAGE)
    try:
        urlopen(f"{url.rstrip('/')}/healthz", timeout=REACH_SECONDS).close()
    except HTTPError:
        pass  # somebody answers; the client says what is wrong
    except (URLError, OSError, ValueError) as error:
        fail(f"{url} does not answer: {getattr(error, 'reason', None) or error}", UNREACHABLE)


def shown(text: str) -> str:
    """Return others' text without what steers a terminal: control and format characters, except line breaks."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)
