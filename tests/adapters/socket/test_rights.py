"""Rights and paths: who gets what, over the socket and over HTTP, on one real server."""

from __future__ import annotations

import pytest

from tests.adapters.socket.town import (
    PEOPLE,
    READS,
    SIGNED_IN_READS,
    WRITES,
    Town,
    attempt,
    expected,
    moderated,
    new_id,
    say,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("what", [*READS, *SIGNED_IN_READS, *WRITES])
@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_everybody_gets_what_their_role_allows_and_no_more(town: Town, visibility: str, what: str) -> None:
    outcomes = {name: await attempt(town, visibility, town.people[name], what) for name in PEOPLE}
    assert outcomes == {name: expected(visibility, name, what) for name in PEOPLE}


@pytest.mark.parametrize("what", [*READS, *SIGNED_IN_READS, *WRITES])
async def test_private_room_and_none_at_all_look_the_same_from_outside(town: Town, what: str) -> None:
    if what == "close":
        return
    for who in (town.stranger, town.guest):
        assert await attempt(town, "private", who, what) == await attempt(town, "nowhere", who, what)


async def test_after_a_ban_no_path_gives_the_room_away(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="banning")
    visitor = await town.enter("visitor")
    await visitor.ask("room:join", "banning")
    await say(town.owner, "banning", "before")
    await moderated(town.owner, "banning", "ban", visitor)
    await say(town.owner, "banning", "after", mentions=[visitor.account])
    await until(lambda: visitor.events("room:removed", "banning"))
    for what in (*READS, *SIGNED_IN_READS, "post", "signal"):
        assert await attempt(town, "banning", visitor, what) == "forbidden", what
    assert "after" not in str(visitor.heard)
    assert visitor.events("notice", "banning") == []
    await visitor.socket.disconnect()


async def test_hidden_move_is_redacted_on_every_path(town: Town) -> None:
    await town.owner.ask("room:create", kind="battleship", id="ships")
    await town.owner.ask("room:join", "ships")
    await town.member.ask("room:join", "ships")
    fleet = [{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))]
    move = {"action": "place_fleet", "args": {"ships": fleet}}
    posted = await town.owner.ask("room:post", "ships", id="fleet", type="game.action", body=move)
    assert posted["ok"]
    for person in (town.member, town.stranger, town.guest):
        answers = [
            str(await person.ask("room:join", "ships", limit=100)),
            str(await person.ask("room:history", "ships", limit=100)),
            str(await person.ask("room:history", "ships", limit=100, proof=True)),
            str(await person.ask("room:search", "ships", query="length")),
            (await person.get("/api/rooms/ships/entries?limit=100&proof=1"))[1],
            (await person.get("/api/rooms/ships/transcript"))[1],
            str(person.heard),
        ]
        assert not [answer for answer in answers if '"length"' in answer or "'length'" in answer]
    entry = (await town.member.ask("room:history", "ships", after=posted["seq"] - 1, limit=1))["entries"][0]
    assert (entry["body"], entry["redacted"], entry["hash"]) == (None, "hidden", posted["hash"])
    own = (await town.owner.ask("room:history", "ships", after=posted["seq"] - 1, limit=1))["entries"][0]
    assert own["body"] == move


async def test_deleted_message_is_gone_on_every_path(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="erasing")
    await town.owner.ask("room:join", "erasing")
    posted = await say(town.owner, "erasing", "a secret slip")
    edit = {"of": posted["seq"], "text": "a secret edit"}
    await town.owner.ask("room:post", "erasing", id=new_id(), type="chat.edit", body=edit)
    delete = {"of": posted["seq"]}
    assert (await town.owner.ask("room:post", "erasing", id="d", type="chat.delete", body=delete))["ok"]
    answers = [
        str(await town.member.ask("room:join", "erasing")),
        str(await town.member.ask("room:history", "erasing", proof=True)),
        str(await town.member.ask("room:history", "erasing", view="messages")),
        str(await town.member.ask("room:search", "erasing", query="secret")),
        (await town.member.get("/api/rooms/erasing/transcript"))[1],
    ]
    assert not [answer for answer in answers if "secret" in answer]
    assert "erased" in answers[1]
