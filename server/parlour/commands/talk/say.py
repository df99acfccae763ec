"""`parlour say`: a message into a room."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from parlour.commands.options import AsJson
from parlour.commands.talk.session import LOCAL, KeyPlace, ServerUrl, talking
from parlour_client import Parlour, Posted

Text = Annotated[str, typer.Argument(help="What to say; - reads it from standard input.")]

app = typer.Typer(add_completion=False)


@app.command()
def say(
    room: Annotated[str, typer.Argument(help="The room's id.")],
    text: Text,
    url: ServerUrl = LOCAL,
    key: KeyPlace = None,
    reply_to: Annotated[int | None, typer.Option(min=1, help="The seq of the message it answers.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say something in a room; ends once it is durable, and prints its place in the log."""
    said = written(text)

    async def post(parlour: Parlour) -> Posted:
        async with parlour.join(room, limit=0) as joined:
            posted = await joined.say(said, reply_to=reply_to)
            joined.release()
            return posted

    tell(talking(url, key, post), room, as_json)


def written(text: str) -> str:
    """Return a text, that of standard input for `-`."""
    return sys.stdin.read().rstrip("\n") if text == "-" else text


def tell(posted: Posted, room: str, as_json: bool) -> None:
    """Print the place of a post."""
    place = {"room": room, "seq": posted.seq, "at": posted.at, "hash": posted.hash}
    typer.echo(json.dumps(place) if as_json else f"#{posted.seq} in {room}")
