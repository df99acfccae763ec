"""`parlour nodes`: the processes of one database, over a running server's HTTP API."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change, query, say_more
from parlour.commands.options import AsJson

app = typer.Typer(
    help="The processes of one database: list them, their figures and connections, drain one, rebalance rooms.",
    invoke_without_command=True,
    add_completion=False,
)


@app.callback()
def list_nodes(context: typer.Context, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The processes of one database: list them, their figures and connections, drain one, rebalance rooms."""
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


@app.command("overview")
def overview(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Print the figures of the process that answers: what it holds now."""
    found = ask("GET", "/api/admin/overview", (url, token))
    if as_json:
        typer.echo(json.dumps(found))
        return
    figures, now = found["metrics"], found["now"]
    typer.echo(f"version {found['server']['version']}, up {found['server']['uptimeMs'] / 3_600_000:.1f} hours")
    typer.echo(f"{figures['connections']} connections, {figures['liveRooms']} live rooms: {_counted(now['rooms'])}")
    typer.echo(f"{figures['requests']} requests answered, {figures['entries']} entries stored since the start")
    typer.echo(f"{figures['residentBytes'] / 2**20:.0f} MiB, {now['storeWaiting']} writes wait, Redis: {now['redis']}")


@app.command("connections")
def connections(
    words: Annotated[str | None, typer.Argument(help="A part of an account, address, transport, room or id.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List the sockets of the process that answers, the newest first."""
    page = ask("GET", "/api/admin/connections" + query(query=words, cursor=cursor), (url, token))
    for each in page["connections"]:
        facts = f"{each['transport']:9}  {each['remote']:15}  {each['queueBytes']:>9} bytes wait"
        line = f"{each['id']}  {each['account'] or 'guest':42}  {facts}  {', '.join(each['rooms'])}".rstrip()
        typer.echo(json.dumps(each) if as_json else line)
    say_more(page, as_json)


@app.command("drop")
def drop(
    connection: Annotated[str, typer.Argument(help="A socket's id, as `parlour nodes connections` shows it.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
) -> None:
    """End a socket of the process that answers; its client may come back at once."""
    change("POST", f"/api/admin/connections/{quote(connection, safe='')}/drop", (url, token), reason)
    typer.echo(f"{connection} is dropped")


def _counted(rooms: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(rooms.items())) or "none"
