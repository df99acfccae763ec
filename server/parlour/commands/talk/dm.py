"""`parlour dm`: a message to somebody directly."""

from __future__ import annotations

from typing import Annotated

import typer

from parlour.commands.options import AsJson
from parlour.commands.talk.say import Text, tell, written
from parlour.commands.talk.session import LOCAL, KeyPlace, ServerUrl, talking
from parlour_client import Parlour, Posted

app = typer.Typer(add_completion=False)


@app.command()
def dm(
    account: Annotated[str, typer.Argument(help="Whom: an address, or a CAIP-10 account.")],
    text: Text,
    url: ServerUrl = LOCAL,
    key: KeyPlace = None,
    as_json: AsJson = False,
) -> None:
    """Write to somebody in the direct room with them; prints the message's place."""
    said = written(text)

    async def post(parlour: Parlour) -> tuple[str, Posted]:
        info = await parlour.dm([account])
        async with parlour.join(info["id"], limit=0) as joined:
            posted = await joined.say(said)
            joined.release()
            return info["id"], posted

    room, posted = talking(url, key, post)
    tell(posted, room, as_json)
