"""`parlour chain`: status and repair of a running server's followers, over its HTTP API."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change
from parlour.commands.options import AsJson
from parlour.commands.outcome import FAILED

app = typer.Typer(help="The followers: status, replay, rewind.", no_args_is_help=True, add_completion=False)


@app.command("status")
def chain_status(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Head, processed and finalized block, lag, reorganisations and endpoints of every chain."""
    chains = ask("GET", "/api/admin/chains", (url, token))["chains"]
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
def chain_replay(chain: int, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Try a halted chain again, and give parked deliveries another life."""
    answer = change("POST", f"/api/admin/chains/{chain}/replay", (url, token), reason)
    typer.echo(json.dumps(answer) if as_json else f"revived {answer['revived']} deliveries")


@app.command("rewind")
def chain_rewind(
    chain: int,
    to: Annotated[int, typer.Option(help="The last block to keep.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Accept the node's chain from a block on, also below finality; rooms get the reverts."""
    answer = change("POST", f"/api/admin/chains/{chain}/rewind", (url, token), reason, to=to)
    typer.echo(json.dumps(answer) if as_json else f"undid {answer['undone']} blocks")
