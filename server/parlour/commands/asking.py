"""Asks a running server's operators' API for the commands that act on it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Annotated, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import typer

from parlour.commands.options import settings_with
from parlour.commands.outcome import FAILED, UNREACHABLE, fail

Url = Annotated[str | None, typer.Option(help="The running server; default from the settings.")]
Token = Annotated[str | None, typer.Option(envvar="PARLOUR_TOKEN", help="An API key with admin scopes.")]
Reason = Annotated[str, typer.Option(help="Why; the audit trail keeps it, 1 to 500 characters.")]

Where = tuple[str | None, str | None]
"""The options `Url` and `Token`."""

ANSWER_SECONDS = 30
"""A server that reads a long range for a rewind answers within this."""


class _NoRedirects(HTTPRedirectHandler):
    """Take a redirect for the refusal that it is here: urllib would carry the API key to wherever it leads."""

    def redirect_request(self, *asked: Any) -> None:
        """Follow none."""


_open = build_opener(_NoRedirects).open


def change(method: str, path: str, where: Where, reason: str, **body: Any) -> Any:
    """Make one change over the operators' API, with an id of its own; see `ask`."""
    return ask(method, path, where, {**body, "reason": reason, "id": secrets.token_hex(8)})


def ask(method: str, path: str, where: Where, body: Any = None) -> Any:
    """Make one call of the operators' API; a refusal, or no answer, ends the command.

    Args:
        where: the options `Url` and `Token`.
    """
    with asked(method, path, where, body) as answer:
        return json.load(answer)


@contextmanager
def asked(method: str, path: str, where: Where, body: Any = None) -> Iterator[IO[bytes]]:
    """Open the answer to a call, for the block to read; ends the command as `ask`."""
    url, token = where
    settings = settings_with()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    server = url or f"{settings.scheme}://{settings.host}:{settings.port}"
    address = server + path
    try:
        if token is None and (cookie := _dev_cookie(server)) is not None:
            headers["Cookie"] = cookie
        sent = None if method == "GET" else json.dumps(body or {}).encode()
        request = Request(address, sent, headers, method=method)
        with _open(request, timeout=ANSWER_SECONDS) as answer:
            yield answer
    except HTTPError as error:
        fail(_message(error), FAILED)
    except (URLError, TimeoutError, ValueError) as error:
        fail(f"{address} does not answer: {error}", UNREACHABLE)


def query(**given: str | int | None) -> str:
    """Return the query of an address, without what is None."""
    named = urlencode({name: value for name, value in given.items() if value is not None})
    return f"?{named}" if named else ""


def say_more(page: dict[str, Any], as_json: bool) -> None:
    """Say how the next page of a list is asked for, where there is one and a person reads."""
    if page["cursor"] and not as_json:
        typer.echo(f"more with --cursor {page['cursor']}")


def _dev_cookie(server: str) -> str | None:
    """Return what the console's page brings to its data under `parlour dev`; None for any other server."""
    try:
        with _open(f"{server}/admin/", timeout=ANSWER_SECONDS) as page:
            given: str | None = page.headers["Set-Cookie"]
            return given and given.partition(";")[0]
    except HTTPError:
        return None


def _message(error: HTTPError) -> str:
    """Return the message of a refusal; the answer may also come from something that is no Parlour server."""
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answered {error.code} {error.reason}; is that a Parlour server?"
