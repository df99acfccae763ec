"""A settled table: who is funded, when it begins, what a reorganisation does to it, and what the escrow said of it."""

from __future__ import annotations

from typing import Any

import pytest

from parlour import Game, Player, State, action
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Close, Entry
from parlour.core.settlement.terms import Terms, table_of
from parlour.errors import Invalid
from parlour.testing import Table, play

ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SETTLE = {"chain": 31337, "escrow": ESCROW, "stake": "5"}
TABLE = table_of("table", "epoch")
ADMIN = SERVER_ROLES["admin"]


class Count(State):
    count: int = 0


class Pass(Game[Count]):
    """Whoever is on turn adds one; the third wins."""

    seats = 2
    turns = True
    turn_seconds = 30

    @action
    def add(self, player: Player) -> None:
        self.state.count += 1
        if self.state.count == 3:
            self.finish(player)

    def bot(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "add", {}


class Careful(Pass):
    """The same, and no stake counts before it is final."""

    stake_finality = "finalized"


class Open(Pass):
    """The same, and people join later."""

    turns = False
    turn_seconds = None
    late_join = True


def name_of(game: Table, nonce: int) -> str:
    return Terms.of_json(game.room.settlement.to_json()).game_id(TABLE, nonce)


def tell(game: Table, event: str, nonce: int = 1, **more: Any) -> Entry:
    about = {"table": "0x" + TABLE.hex(), "nonce": nonce, "id": name_of(game, nonce), **more}
    return game.chain_event(event, address=ESCROW, **about)


def joined(game: Table, who: str, nonce: int = 1, **more: Any) -> Entry:
    return tell(game, "Joined", nonce, player=who, amount=5, **more)


def claimed(game: Table, event: str = "Claimed", nonce: int = 1) -> Entry:
    return tell(game, event, nonce, transcript="0x" + "11" * 32, **({"settleAt": 9} if event == "Claimed" else {}))


def funded(game: type[Game[Any]] = Pass) -> Table:
    table = play(game, "ann", "ben", settle=SETTLE)
    joined(table, "ann")
    joined(table, "ben")
    return table


def finished() -> Table:
    game = funded()
    for player in (game.ann, game.ben, game.ann):
        player.add()
    return game


def holds(game: Table) -> None:
    """Check that the log alone leads to this room, and so does a snapshot before its last entry."""
    assert game.replayed().snapshot() == game.room.snapshot()
    assert game.restored(len(game.log) - 1).snapshot() == game.room.snapshot()


def test_game_begins_once_every_stake_is_in_the_escrow():
    game = play(Pass, "ann", "ben", settle=SETTLE)
    joined(game, "ann")
    assert game.types[-2:] == ["chain.event", "game.funded"]
    assert game.ben.refused("add") == "not_staked"
    assert game.view()["settlement"]["funded"] == [0]
    joined(game, "ben")
    assert game.types[-4:] == ["chain.event", "game.funded", "game.seed", "game.started"]
    assert game.log[-3].body == {"seat": 1, "chain": 31337, "tx": "0x" + "11" * 32}
    assert (game.view()["stakes"], game.view()["unstaked"]) == (["5", "5"], [])
    holds(game)


def test_stake_put_in_before_sitting_down_counts():
    game = play(Pass, "ann", settle=SETTLE)
    joined(game, "ben")
    joined(game, "ann")
    game.join("ben")
    assert game.types[-4:] == ["game.seated", "game.funded", "game.seed", "game.started"]


def test_stake_counts_at_the_finality_the_game_asks_for():
    game = funded(Careful)
    assert game.status == "waiting"
    game.chain_confirmed("finalized")
    assert game.types[-4:] == ["game.funded", "game.funded", "game.seed", "game.started"]


@pytest.mark.parametrize("change", [{"id": "0x" + "22" * 32}, {"nonce": 2}])
def test_event_of_another_game_in_the_escrow_funds_nobody(change: dict[str, Any]):
    game = play(Pass, "ann", "ben", settle=SETTLE)
    joined(game, "ann", **change)
    assert "game.funded" not in game.types


def test_stake_undone_before_the_start_frees_the_seat():
    game = play(Pass, "ann", "ben", settle=SETTLE)
    game.chain_reverted(joined(game, "ann"))
    assert game.types[-2:] == ["chain.reverted", "game.left"]
    assert game.log[-1].body == {"seat": 0, "reason": "stake"}
    assert game.view()["players"] == [None, "ben"]
    holds(game)


def test_stake_undone_in_a_match_pauses_it_until_it_is_back():
    game = play(Pass, "ann", "ben", settle=SETTLE)
    joined(game, "ann")
    last = joined(game, "ben")
    game.ann.add()
    assert game.chain_reverted(last) == []
    assert game.log[-1].body == {"seat": 1, "reason": "stake"}
    assert (game.status, game.ben.refused("add")) == ("paused", "paused")
    game.wait(90)
    joined(game, "ben")
    assert game.types[-3:] == ["chain.event", "game.funded", "game.resumed"]
    assert game.status == "playing"
    game.ben.add()
    holds(game)


def test_player_of_an_undone_stake_who_leaves_loses():
    game = play(Pass, "ann", "ben", settle=SETTLE)
    joined(game, "ann")
    game.chain_reverted(joined(game, "ben"))
    game.ben.leave()
    assert game.result == {"winner": 0, "account": "ann", "reason": "left"}
    assert game.log[-1].body["settlement"]["typedData"]["message"]["players"] == ["ann"]
    holds(game)


def test_end_names_who_gets_what_and_the_log_before_it():
    game = finished()
    end = game.log[-1]
    message = end.body["settlement"]["typedData"]["message"]
    assert (message["players"], message["payout"], message["nonce"]) == (["ann", "ben"], ["10", "0"], "1")
    assert message["transcript"] == "0x" + game.log[-2].hash.hex()
    assert end.body["provisional"] is game.view()["settlement"]["provisional"] is True
    assert game.view()["settlement"]["rounds"] == {"1": {"state": "open"}}
    holds(game)


def test_end_rests_on_final_stakes_alone_once_they_are_final():
    game = funded()
    assert game.view()["settlement"]["provisional"] is True
    game.chain_confirmed("finalized")
    for player in (game.ann, game.ben, game.ann):
        player.add()
    assert "provisional" not in game.log[-1].body
    assert game.view()["settlement"]["provisional"] is False


def test_settled_round_is_told_when_it_is_included_and_when_it_is_final():
    game = finished()
    claimed(game)
    assert game.view()["settlement"]["rounds"]["1"]["state"] == "claimed"
    claimed(game, "Settled")
    assert game.log[-1].body == {"round": 1, "chain": 31337, "tx": "0x" + "11" * 32, "status": "included"}
    game.chain_confirmed("finalized")
    assert (game.types[-1], game.log[-1].body["status"]) == ("game.settled", "finalized")
    holds(game)


def test_reorganisation_between_claim_and_settlement_takes_the_payment_back():
    game = finished()
    claimed(game)
    void = game.chain_reverted(claimed(game, "Settled"))
    assert [one["reason"] for one in void] == ["not_settled"]
    assert game.view()["settlement"]["rounds"]["1"]["state"] == "claimed"
    claimed(game, "Settled")
    assert game.types[-1] == "game.settled"
    holds(game)


def test_rematch_waits_for_stakes_of_its_own_round():
    game = finished()
    claimed(game)
    for player in (game.ann, game.ben):
        player.rematch()
    assert (game.status, game.view()["unstaked"]) == ("ended", [0, 1])
    joined(game, "ann", 2)
    joined(game, "ben", 2)
    assert (game.status, game.view()["round"]) == ("playing", 2)
    claimed(game, "Settled")
    assert game.log[-1].body["round"] == 1
    holds(game)


def test_broken_off_game_gives_each_the_own_stake_back():
    game = funded()
    game.submit(Close(author="owner", rank=ADMIN))
    assert game.types[-2:] == ["game.ended", "room.closed"]
    assert game.log[-2].body["settlement"]["typedData"]["message"]["payout"] == ["5", "5"]


@pytest.mark.parametrize(("kind", "options", "path"), [(Open, {}, "settle"), (Pass, {"bots": 1}, "options.bots")])
def test_game_that_no_escrow_can_pay_is_refused(kind: type[Game[Any]], options: dict[str, Any], path: str):
    with pytest.raises(Invalid) as refused:
        play(kind, "ann", settle=SETTLE, **options)
    assert refused.value.details == {"path": path}
