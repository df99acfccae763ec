"""`parlour nodes`: the processes of one database, over a running server's HTTP API."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change
from parlour.commands.options import AsJson

app = typer.Typer(
    help="The processes of one database: list them, drain one, rebalance rooms.",
    invoke_without_command=True,
    add_completion=False,
)


@app.callback()
def list_nodes(context: typer.Context, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The processes of one database: list them, drain one, rebalance rooms."""
    if context.invoked_subcommand is not None:
        return
    nodes = ask("GET", "/api/admin/nodes", (url, token))["nodes"]
    if as_json:
        typer.echo(json.dumps(nodes))
        return
    width = max([len("NAME"), *(len(node["name"]) for node in nodes)])
    typer.echo(f"{'NAME':{width}}  {'STATE':8}  {'ROOMS':>6}  {'SOCKETS':>7}  {'LOAD':>5}  {'SEEN':>6}  VERSION")
    for node in nodes:
        typer.echo(
            f"{node['name']:{width}}  {node['state']:8}  {node['rooms']:>6}  {node['connections']:>7}  "
            f"{node['load']:>5.0%}  {node['seenMs'] / 1000:>5.1f}s  {node['version']}"
        )


@app.command("drain")
def drain(
    name: Annotated[str, typer.Argument(help="The node's name, as `parlour nodes` shows it.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
) -> None:
    """Let a node hand its rooms over and take no more clients; it ends when it is stopped."""
    answer = change("POST", f"/api/admin/nodes/{quote(name, safe='')}/drain", (url, token), reason)
    typer.echo(f"{answer['draining']} hands its rooms over; `parlour nodes` says when it is drained")


@app.command("rebalance")
def rebalance(reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Let nodes with more rooms than their share give up rooms that nobody uses."""
    asked = change("POST", "/api/admin/nodes/rebalance", (url, token), reason)["asked"]
    if as_json:
        typer.echo(json.dumps(asked))
    elif asked:
        for name, rooms in asked.items():
            typer.echo(f"{name} gives up {rooms} rooms of those that nobody uses")
    else:
        typer.echo("no node has more rooms than its share")
