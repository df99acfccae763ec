"""`parlour chain`: status and repair of a running server's followers, over its HTTP API."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import typer

from parlour.commands.options import AsJson, settings_with
from parlour.commands.outcome import FAILED, UNREACHABLE, fail

Url = Annotated[str | None, typer.Option(help="The running server; default from the settings.")]
Token = Annotated[str | None, typer.Option(envvar="PARLOUR_TOKEN", help="An API key with admin scopes.")]

ANSWER_SECONDS = 30
"""A server that reads a long range for a rewind answers within this."""

app = typer.Typer(help="The followers: status, replay, rewind.", no_args_is_help=True, add_completion=False)


@app.command("status")
def chain_status(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Head, processed and finalized block, lag, reorganisations and endpoints of every chain."""
    chains = _admin("GET", "/api/admin/chains", url, token)["chains"]
    for chain in chains:
        if as_json:
            typer.echo(json.dumps(chain))
            continue
        typer.echo(
            f"chain {chain['chain']}: {chain['state']}, head {chain['head']}, processed {chain['processed']}, "
            f"finalized {chain['finalized']}, {chain['lagBlocks']} blocks behind, {chain['reorgs']} reorgs"
            + (f" ({chain['reason']})" if chain["reason"] else "")
        )
    if any(chain["state"] == "halted" for chain in chains):
        raise typer.Exit(FAILED)


@app.command("replay")
def chain_replay(chain: int, url: Url = None, token: Token = None) -> None:
    """Try a halted chain again, and give parked deliveries another life."""
    typer.echo(f"revived {_admin('POST', f'/api/admin/chains/{chain}/replay', url, token)['revived']} deliveries")


@app.command("rewind")
def chain_rewind(
    chain: int,
    to: Annotated[int, typer.Option(help="The last block to keep.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Accept the node's chain from a block on, also below finality; rooms get the reverts."""
    undone = _admin("POST", f"/api/admin/chains/{chain}/rewind", url, token, {"to": to})["undone"]
    typer.echo(f"undid {undone} blocks")


def _admin(method: str, path: str, url: str | None, token: str | None, body: Any = None) -> Any:
    """Make one call of the operators' API; a refusal, or no answer, ends the command."""
    settings = settings_with()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    server = url or f"{settings.scheme}://{settings.host}:{settings.port}"
    address = server + path
    try:
        if token is None and (cookie := _dev_cookie(server)) is not None:
            headers["Cookie"] = cookie
        request = Request(
            address, json.dumps(body or {}).encode() if method == "POST" else None, headers, method=method
        )
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)
    except HTTPError as error:
        fail(_message(error), FAILED)
    except (URLError, TimeoutError, ValueError) as error:
        fail(f"{address} does not answer: {error}", UNREACHABLE)


def _dev_cookie(server: str) -> str | None:
    """Return what the console's page brings to its data under `parlour dev`; None for any other server."""
    try:
        with urlopen(f"{server}/admin/", timeout=ANSWER_SECONDS) as page:
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
