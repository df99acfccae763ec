"""A game room: turns, time, people, chance, secrets, the chain, ticks and versions."""

from __future__ import annotations

from hashlib import sha256
from types import new_class
from typing import Any

import pytest

from parlour import ChainLog, Game, Player, Reject, State, action, on_chain
from parlour.core.games.author_errors import Stuck
from parlour.core.games.chance import Chance, combined, commitment
from parlour.core.games.referee import MAX_STATE_BYTES
from parlour.core.games.room import GameRoom
from parlour.core.room import ChainUpdate, Close, Draft, Join, Moderate, Post, StopGame, Unwatch, Watch
from parlour.errors import Closed, Conflict, Illegal, Internal, Invalid
from parlour.testing import Table, play
from parlour.testing.kept_room import OWNER, START
from tests.core.games.small_games import Bank, Blitz, Diary, Fair, Notes, Poker, Race, Slow, Sums, Vault


def assert_replays(game: Table) -> None:
    """A fresh fold, and a snapshot anywhere with what came after it, lead to where the game is."""
    now = game.room.snapshot()
    assert game.replayed().snapshot() == now
    for at in range(1, len(game.log)):
        assert game.restored(at).snapshot() == now, at


# ── turns and refusals ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_action_passes_the_turn_on():
    game = play(Diary, "alice", "bob")
    game.alice.say(text="one")
    assert game.alice.refused("say", text="two") == "not_your_turn"
    game.bob.say()
    assert game.state.lines[-2:] == ["0: one", "1: hm"]


def test_an_action_may_keep_the_turn():
    game = play(Diary, "alice", "bob")
    game.alice.again()
    assert game.view()["turn"] == 0


def test_an_anytime_action_leaves_the_turn_alone():
    game = play(Diary, "alice", "bob")
    game.bob.shout()
    assert game.view()["turn"] == 0


@pytest.mark.parametrize(("action_", "error"), [("break_off", "changed_my_mind"), ("crash", None)])
def test_an_action_that_raises_changes_nothing(action_: str, error: str | None):
    game = play(Diary, "alice", "bob")
    before, entries = game.room.snapshot(), len(game.log)
    with pytest.raises((Illegal, ZeroDivisionError)) as raised:
        game.post("alice", action_, {})
    if error:
        assert raised.value.reason == error  # type: ignore[union-attr]
    assert game.room.snapshot() == before
    assert len(game.log) == entries


def test_a_state_over_its_cap_is_refused():
    game = play(Diary, "alice", "bob")
    assert game.alice.refused("grow", size=MAX_STATE_BYTES) == "state_too_large"
    game.alice.grow(size=1000)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"action": "say", "args": {"text": 1}}, "args.text"),
        ({"action": "say", "args": {"text": "a", "loud": True}}, "args.loud"),
        ({"action": "say", "args": []}, "args"),
        ({"action": 7}, "action"),
        ({"action": "dance"}, "action"),
        ({"action": "on_start"}, "action"),
        ({"action": "say", "seat": 0}, "seat"),
        ({"action": "start", "args": {"now": 1}}, "args.now"),
        ({}, "action"),
    ],
)
def test_a_malformed_action_is_invalid_and_names_the_field(body: dict[str, Any], path: str):
    game = play(Diary, "alice", "bob")
    with pytest.raises(Invalid) as refused:
        game.submit(Post(author="alice", id="1", type="game.action", body=body))
    assert refused.value.details is not None
    assert refused.value.details["path"] == path


def test_a_binary_action_is_invalid():
    with pytest.raises(Invalid):
        play(Diary, "alice", "bob").submit(Post(author="alice", id="1", type="game.action", body=b"\x00"))


def test_arguments_with_defaults_may_be_left_out():
    game = play(Diary, "alice", "bob")
    game.submit(Post(author="alice", id="1", type="game.action", body={"action": "say"}))
    assert game.state.lines[-1] == "0: hm"


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_turn_that_takes_too_long_times_out_and_passes_on():
    game = play(Diary, "alice", "bob")
    assert game.view()["deadline"] == game.now + 30_000
    game.wait(29.9)
    assert game.types[-1] == "game.started"
    game.wait(0.1)
    assert game.state.lines[-1] == "timeout 0"
    assert game.view()["turn"] == 1


def test_a_move_after_the_deadline_is_late_though_nobody_has_rung_yet():
    game = play(Diary, "alice", "bob")
    game.now += 30_000
    game.alice.say(text="just in time")
    game.now += 30_001
    assert game.bob.refused("say", text="late") == "not_your_turn"
    game.bob.shout()
    game.wait(0)
    assert game.types[-1] == "game.timeout"
    assert game.view()["turn"] == 0


def test_an_authors_timer_rings_once():
    game = play(Diary, "alice", "bob")
    game.alice.ring_in(seconds=2.5)
    game.wait(20)
    assert game.state.lines.count("timeout None") == 1


def test_a_chess_clock_runs_in_its_owners_turn_and_pays_for_moves():
    game = play(Blitz, "alice", "bob")
    game.wait(4)
    game.alice.move()
    assert game.view()["clocks"] == [8000, 10_000]
    game.wait(9)
    game.bob.move()
    assert game.view()["clocks"] == [8000, 3000]
    game.wait(8.5)
    assert game.result == {"winner": 1, "account": "bob", "reason": "timeout"}


def test_a_snapshot_with_a_key_of_an_earlier_server_still_loads():
    game = play(Diary, "alice", "bob")
    old = game.room.snapshot()
    old["world"]["started_at"] = game.now
    room = game.kind("table")
    room.restore(old)
    assert room.snapshot() == game.room.snapshot()


def test_downtime_moves_every_deadline():
    game = play(Blitz, "alice", "bob")
    game.wait(4)
    game.alice.drop()
    deadline = game.view()["deadline"]
    game.restart(downtime=3600)
    assert game.types[-1] == "game.resumed"
    assert game.view()["deadline"] == deadline + 3_600_000
    game.wait(5.9)
    assert game.result is None
    game.wait(0.2)
    assert game.result is not None


def test_a_paused_game_stands_still():
    game = play(Diary, "alice", "bob")
    game.wait(20)
    game.bob.pause()
    assert game.status == "paused"
    assert game.alice.refused("say") == "paused"
    game.wait(1000)
    game.alice.resume()
    assert game.log[-1].body["pausedMs"] == 1_000_000
    game.wait(9)
    assert "timeout 0" not in game.state.lines
    game.wait(2)
    assert game.state.lines[-1] == "timeout 0"
    assert_replays(game)


def test_who_drops_in_a_pause_has_the_whole_grace_after_it_and_no_more():
    game = play(Slow, "alice", "bob")
    game.alice.start()
    game.alice.pause()
    game.wait(1000)
    game.bob.drop()
    game.wait(1000)
    game.alice.resume()
    game.wait(59)
    assert game.view()["gone"] == []
    game.wait(2)
    assert game.log[-1].body == {"seat": 1, "reason": "dropped"}
    assert_replays(game)


def test_only_pausable_games_are_paused():
    game = play(Blitz, "alice", "bob")
    assert game.alice.refused("pause") == "not_pausable"
    assert game.alice.refused("resume") == "not_paused"


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dropped_player_may_come_back():
    game = play(Diary, "alice", "bob")
    game.alice.drop()
    assert game.view()["away"] == [0]
    game.wait(20)
    game.alice.come_back()
    assert game.view()["away"] == []
    assert [line for line in game.state.lines if line.startswith(("drop", "return"))] == ["drop 0", "return 0"]


def test_joining_again_is_coming_back():
    game = play(Diary, "alice", "bob")
    game.alice.drop()
    outcome = game.submit(Join(author="alice"))
    assert outcome.reply["seat"] == 0
    assert game.view()["away"] == []


def test_a_player_who_stays_away_has_left():
    game = play(Diary, "alice", "bob")
    game.bob.drop()
    for _ in range(3):
        game.wait(25)
        if game.result is None:
            game.post(["alice", "bob"][game.view()["turn"]], "say", {})
    assert game.log[-2].body == {"seat": 1, "reason": "dropped"}
    assert game.result == {"winner": 0, "account": "alice", "reason": "left"}


def test_who_left_for_good_is_told_from_who_is_away():
    game = play(Slow, "alice", "bob", "carol")
    game.bob.drop()
    game.carol.leave()
    assert (game.view()["away"], game.view()["gone"]) == ([1, 2], [2])
    game.wait(60)
    assert (game.view()["away"], game.view()["gone"]) == ([1, 2], [1, 2])


class Club(Game[Notes]):
    """Lets in who is called after A to M; `again` counts the rounds that begin with their being there."""

    seats = 2

    def on_join(self, player: Player) -> None:
        self.state.lines.append(player.account)
        if player.account == "bug":
            raise KeyError
        if player.account == "loop":
            raise Stuck
        if player.account > "n":
            raise Reject("not_your_club")

    @action
    def end(self, player: Player) -> None:
        self.finish()


def test_on_join_may_refuse_who_then_has_no_seat_and_may_watch():
    game = play(Club, "alice")
    with pytest.raises(Illegal) as refused:
        game.join("zoe")
    assert refused.value.reason == "not_your_club"
    assert game.state.lines == ["alice"]
    assert game.submit(Join(author="zoe", as_="spectator")).reply == {"role": "member"}
    game.join("bob")
    assert game.status == "playing"
    assert_replays(game)


def test_an_on_join_that_raises_seats_nobody():
    game = play(Club, "alice")
    with pytest.raises(KeyError):
        game.join("bug")
    assert game.view()["players"] == ["alice", None]


def test_an_on_join_that_does_not_come_back_is_not_tried_for_ever():
    game = play(Club, "alice")
    for _ in range(3):
        with pytest.raises(Internal) as refused:
            game.join("loop")
        assert refused.value.reason == "overrun"
    with pytest.raises(Internal):
        game.join("bob")
    assert game.join("bob", as_="spectator").seat is None
    assert game.join("alice").seat == 0


def test_an_on_join_that_raises_at_a_rematch_ends_it():
    class Once(Club):
        def on_join(self, player: Player) -> None:
            if self.now > START:
                raise KeyError

    game = play(Once, "alice", "bob")
    game.alice.end()
    game.alice.rematch()
    game.wait(1)
    game.bob.rematch()
    assert game.result is not None
    assert game.result["problem"] == "KeyError"
    assert_replays(game)


def test_leaving_before_the_start_frees_the_seat():
    game = play(Diary, "alice")
    game.alice.leave()
    game.join("bob")
    assert game.view()["players"] == ["bob", None]


def test_the_last_one_left_wins():
    game = play(Diary, "alice", "bob")
    game.alice.leave()
    assert game.result == {"winner": 1, "account": "bob", "reason": "left"}


def test_a_game_of_bots_alone_is_abandoned():
    game = play(Race, "alice", bots=2)
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "abandoned"


def test_a_banned_player_leaves_the_game():
    game = play(Diary, "alice", "bob")
    game.submit(Moderate(author="owner", account="bob", action="ban"))
    assert game.types[-3:] == ["member.banned", "game.left", "game.ended"]


def test_a_rematch_begins_when_both_want_it_and_the_other_goes_first():
    game = play(Diary, "alice", "bob")
    assert game.alice.refused("rematch") == "not_over"
    game.alice.end()
    game.alice.rematch()
    assert game.alice.refused("rematch") == "already_asked"
    assert game.status == "ended"
    game.bob.rematch()
    assert (game.status, game.view()["turn"], game.view()["round"]) == ("playing", 1, 2)
    assert game.state.lines == ["join 0", "join 1", "start"]
    assert game.result is None
    assert_replays(game)


def test_somebody_else_may_take_the_seat_of_who_left_for_the_rematch():
    game = play(Diary, "alice", "bob")
    game.bob.leave()
    game.alice.rematch()
    game.join("carol")
    assert game.status == "playing"
    assert game.view()["players"] == ["alice", "carol"]
    assert_replays(game)


def test_a_game_for_several_starts_when_a_player_says_so():
    class Several(Diary):
        seats = (2, 4)

    game = play(Several, "alice")
    assert game.alice.refused("start") == "too_few_players"
    game.join("bob")
    assert game.status == "waiting"
    game.bob.start()
    assert game.status == "playing"
    assert game.join("carol").seat is None


def test_closing_the_room_ends_the_game_and_reveals():
    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="s")
    game.submit(Close(author="owner"))
    assert game.types[-2:] == ["game.ended", "room.closed"]
    assert all(entry.body is not None for entry in game.log_of("bob"))
    with pytest.raises(Closed):
        game.bob.show()


def test_the_player_on_turn_is_noticed():
    game = play(Diary, "alice", "bob")
    assert [(n.account, n.type) for n in game.outcomes[-1].notices] == [("alice", "turn")]
    game.alice.say()
    assert [(n.account, n.type) for n in game.outcomes[-1].notices] == [("bob", "turn")]


def test_the_lobby_sees_status_and_free_seats():
    game = play(Diary, "alice")
    assert game.room.lobby() == {"status": "waiting", "seats": {"taken": 1, "total": 2}, "open": True}
    game.join("bob")
    assert game.room.lobby() == {"status": "playing", "seats": {"taken": 2, "total": 2}, "open": False}
    game.bob.leave()
    assert game.room.lobby() == {"status": "ended", "seats": {"taken": 1, "total": 2}, "open": False}


# ── chance ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_anybody_can_check_the_dice_after_the_game():
    game = play(Diary, "alice", "bob")
    rolled = game.alice.roll()
    game.bob.end()
    started = next(e for e in game.log if e.type == "game.started")
    seed = bytes.fromhex(game.log[-1].body["seed"][2:])
    assert commitment(seed) == started.body["commitment"]
    assert game.state.numbers == [Chance(seed, rolled.seq).between(1, 1000)]


def test_the_seed_is_nobodys_before_the_end():
    game = play(Diary, "alice", "bob")
    secret = next(e for e in game.log if e.type == "game.seed")
    for viewer in ("alice", "bob", "owner", None):
        assert game.log_of(viewer)[secret.seq - 1].body is None
        assert secret.body["seed"] not in repr([e.body for e in game.log_of(viewer)]) + repr(game.view(viewer))
    game.alice.end()
    assert game.log_of(None)[secret.seq - 1].body == secret.body


def test_a_rematch_hides_its_own_seed_and_not_the_old_one():
    game = play(Diary, "alice", "bob")
    game.alice.end()
    game.alice.rematch()
    game.bob.rematch()
    old, new = (e.seq for e in game.log if e.type == "game.seed")
    assert game.log_of("alice")[old - 1].body is not None
    assert game.log_of("alice")[new - 1].body is None


def contributed(game: Table, who: str, value: bytes) -> None:
    game.post(who, "commit", {"hash": commitment(value)})


def test_in_a_fair_game_nobody_chooses_the_dice():
    game = play(Fair, "alice", "bob")
    a, b = bytes([1]) * 32, bytes([2]) * 32
    assert game.status == "drawing"
    assert game.alice.refused("say") == "not_started"
    contributed(game, "bob", b)
    assert game.bob.refused("contribute", value="0x" + b.hex()) == "commit_first"
    contributed(game, "alice", a)
    assert game.alice.refused("commit", hash=commitment(b)) == "already_committed"
    assert game.bob.refused("contribute", value="0x" + a.hex()) == "wrong_contribution"
    assert game.bob.refused("contribute", value="0xzz") == "invalid"
    game.bob.contribute(value="0x" + b.hex())
    game.alice.contribute(value="0x" + a.hex())
    assert game.status == "playing"
    rolled = game.alice.roll()
    game.bob.end()
    seed = combined(bytes.fromhex(game.log[-1].body["seed"][2:]), [a, b])
    assert game.state.numbers == [Chance(seed, rolled.seq).between(1, 1000)]
    assert_replays(game)


def test_who_does_not_contribute_ends_the_game():
    game = play(Fair, "alice", "bob")
    contributed(game, "bob", bytes(32))
    game.wait(61)
    assert game.result == {"winner": None, "account": None, "aborted": "no_contribution", "seats": [0]}


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_hidden_action_is_redacted_until_it_is_revealed():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="ace of spades")
    assert game.log_of("alice")[hidden.seq - 1].body is not None
    for other in ("bob", None):
        shown = game.log_of(other)[hidden.seq - 1]
        assert (shown.body, shown.salt, shown.body_hash) == (None, None, hidden.body_hash)
    game.bob.show()
    assert game.log_of("bob")[hidden.seq - 1].body == hidden.body


def test_the_hash_of_a_hidden_action_does_not_give_it_away():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="ace of spades")
    assert hidden.raw is not None
    assert sha256(hidden.raw).digest() != hidden.body_hash


def test_the_end_reveals_what_was_hidden():
    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="ace")
    game.bob.end()
    assert all(entry.body is not None for entry in game.log_of(None))


def test_viewers_with_the_same_view_share_it():
    poker = play(Poker, "alice", "bob").room
    keys = [poker.view_key(who) for who in ("alice", "bob", "carol", None)]
    assert keys == [0, 1, None, None]
    diary = play(Diary, "alice", "bob").room
    assert {diary.view_key(who) for who in ("alice", "bob", None)} == {None}


class Shared(Diary):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"lines": len(self.state.lines)}


class Inherited(Shared):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {**super().view(viewer), "more": True}


class Enclosed(Diary):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"mine": [line for line in self.state.lines if (lambda: viewer)()]}


@pytest.mark.parametrize(("kind", "shared"), [(Shared, True), (Inherited, False), (Enclosed, False), (Poker, False)])
def test_a_view_that_does_not_ask_who_looks_is_one_for_all(kind: type[Game[Any]], shared: bool):
    room = play(kind, "alice", "bob").room
    assert (room.view_key("alice") == room.view_key("bob") == room.view_key(None)) is shared


def test_a_view_that_raises_shows_nothing_and_hurts_nobody():
    class Blind(Poker):
        def view(self, viewer: Player | None) -> dict[str, Any]:
            raise ValueError("boom")

    game = play(Blind, "alice", "bob")
    game.alice.keep(secret="ace")
    view = game.view("bob")
    assert (view["error"], view["status"]) == ("view", "playing")


# ── the chain ────────────────────────────────────────────────────────────────────────────────────────────────────

TOKEN = {"chain": 1, "address": "0xToken"}
PAID = {**TOKEN, "event": "Paid(address indexed who, uint256 amount)"}


def test_a_hook_waits_for_the_finality_it_asked_for():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    assert game.state.total == 0
    game.chain_confirmed("included", chain=1)
    game.chain_confirmed("safe", chain=2)
    assert game.state.total == 0
    game.chain_confirmed("safe", chain=1)
    game.chain_confirmed("finalized", chain=1)
    assert (game.state.total, game.state.statuses) == (7, ["safe"])
    assert_replays(game)


def test_each_hook_of_an_event_has_its_own_finality():
    game = play(Bank, "alice", "bob", token=TOKEN)
    for _ in range(2):
        game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    assert (game.state.rumours, game.state.total) == (2, 0)
    game.chain_confirmed("safe", chain=1)
    assert (game.state.rumours, game.state.total) == (2, 14)
    assert_replays(game)


def test_a_waiting_event_that_moves_to_a_later_block_waits_for_that_block():
    game = play(Bank, "alice", "bob", token=TOKEN)
    paid = game.chain_event("Paid", chain=1, address="0xToken", who="alice", amount=7)
    later = {"number": 1000, "hash": "0x" + "22" * 32, "time": game.now}
    game.submit(ChainUpdate(drafts=[Draft("chain.moved", {"of": [paid.seq], "block": later})]))
    game.chain_confirmed("safe", chain=1)
    assert game.state.total == 0
    game.chain_confirmed("safe", chain=1, upto=1000)
    assert game.state.total == 7
    assert_replays(game)


def test_an_event_that_could_not_be_decoded_is_nobodys():
    game = play(Bank, "alice", "bob", token=TOKEN)
    body = {"chain": 1, "address": "0xToken", "event": "Paid", "topics": [], "data": "0x", "status": "safe"}
    game.submit(ChainUpdate(drafts=[Draft("chain.event", body)]))
    assert not game.room.unreadable
    assert game.state.rumours == 0


def test_an_event_by_its_whole_signature_is_the_same_event():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid(address indexed who, uint256 amount)", chain=1, address="0xToken", who="a", amount=7)
    game.chain_event("Paid(address who, uint8 amount)", chain=1, address="0xToken", who="a", amount=50)
    game.chain_confirmed("safe", chain=1)
    assert game.state.total == 7


def test_a_hook_may_end_the_game():
    game = play(Bank, "alice", "bob", token=TOKEN)
    game.chain_event("Paid", chain=1, address="0xToken", who="bob", amount=100)
    game.chain_confirmed("safe", chain=1)
    assert game.result == {"winner": 1, "account": "bob"}
    assert game.log[-1].body["provisional"] is True


def test_a_room_knows_what_it_wants_to_watch():
    wanted = GameRoom.of(Bank).wanted_watches({"token": TOKEN})
    assert wanted == [{**PAID, "confirm": ["finalized", "safe"]}]
    assert GameRoom.of(Bank).wanted_watches({}) == []


class Ledger(Game[Sums]):
    """Reads one event of one contract twice, each time as sure as it needs to be."""

    options: Vault

    @on_chain("Paid(address indexed who, uint256 amount)", finality="included", contract="token")
    def heard(self, log: ChainLog) -> None:
        self.state.rumours += 1

    @on_chain("Paid(address indexed who, uint256 amount)", finality="finalized", contract="token")
    def paid(self, log: ChainLog) -> None:
        self.state.total += log.args["amount"]


def watch(game: Table, id_: str, **asked: Any) -> None:
    record = {"id": id_, "finality": "included", "confirm": [], **asked}
    game.submit(Watch(author=OWNER, watch=record))


def test_two_hooks_of_one_event_are_one_watch():
    assert GameRoom.of(Ledger).wanted_watches({"token": TOKEN}) == [{**PAID, "confirm": ["finalized"]}]


def test_a_watch_brings_news_of_the_finalities_that_the_hooks_wait_for():
    bank, asked = GameRoom.of(Bank), {"chain": 1, "address": "0xOther", "event": PAID["event"]}
    assert bank.complete_watch(asked) == {**asked, "confirm": ["finalized", "safe"]}
    for given in ({**asked, "confirm": []}, {**asked, "finality": "safe"}, None):
        assert bank.complete_watch(given) == given
    assert GameRoom.of(Diary).complete_watch(asked) == asked


def test_what_a_game_watches_is_watched_once_and_stays_watched():
    game = play(Ledger, "alice", "bob", token=TOKEN)
    watch(game, "kind:0", **PAID)
    watch(game, "kind:0", **PAID)
    watch(game, "elsewhere", **{**PAID, "address": "0xOther"})
    watch(game, "another", **TOKEN, event="Sent(uint256 amount)")
    again: list[dict[str, Any]] = [
        PAID,
        {**PAID, "address": ["0xOther", "0xTOKEN"]},
        {**PAID, "event": ["Sent(uint256 amount)", "Paid(address who, uint256 value)"]},
        {"chain": 1, "event": PAID["event"]},
    ]
    for asked in again:
        with pytest.raises(Illegal) as refused:
            watch(game, "mine", **asked)
        assert refused.value.reason == "watched"
    with pytest.raises(Illegal):
        game.submit(Unwatch(author=OWNER, watch="kind:0"))
    game.submit(Unwatch(author=OWNER, watch="elsewhere"))
    assert list(game.room.watches.records) == ["kind:0", "another"]


# ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ticks_without_inputs_are_not_stored():
    game = play(Race, "alice")
    entries = len(game.log)
    game.wait(10)
    assert len(game.log) == entries
    assert game.room.match.log.present.tick == 100


def test_inputs_act_at_once_and_are_stored_ten_times_a_second_at_most():
    game = play(Race, "alice", "bob")
    for _ in range(20):
        game.alice.run(by=1)
        assert game.outcomes[-1].deferred
        game.wait(0.04)
    ticks = [e for e in game.log if e.type == "game.tick"]
    assert 1 < len(ticks) <= 9
    assert all(e.type in game.room.unsent for e in ticks)
    assert_replays(game)


def test_a_refused_input_says_why_and_changes_nothing():
    game = play(Race, "alice")
    before = game.view()
    assert game.alice.refused("trip") == "ouch"
    assert game.alice.refused("run", by=6) == "invalid"
    assert game.view() == before


def test_an_input_sent_again_acts_once():
    game = play(Race, "alice")
    game.post("alice", "run", {"by": 3}, id_="x")
    game.post("alice", "run", {"by": 3}, id_="x")
    assert game.outcomes[-1].deferred
    game.wait(0.3)
    game.post("alice", "run", {"by": 3}, id_="x")
    assert game.outcomes[-1].reply["duplicate"] is True
    assert game.state.at == {0: 3}
    with pytest.raises(Conflict):
        game.post("alice", "run", {"by": 4}, id_="x")


def test_what_happens_in_a_ticking_game_happens_at_its_tick():
    game = play(Race, "alice")
    game.alice.run(by=5)
    game.wait(0.05)
    game.join("bob")
    assert game.types[-2:] == ["game.tick", "game.seated"]
    assert_replays(game)


def test_dice_within_one_tick_differ_and_replay():
    game = play(Race, "alice")
    game.wait(0.25)
    game.alice.run(by=1)
    game.alice.run(by=1)
    game.join("bob")
    game.alice.run(by=1)
    game.bob.run(by=1)
    game.wait(1)
    assert len(set(game.state.dice)) == 4
    assert_replays(game)


def test_a_tick_may_end_the_game():
    game = play(Race, "alice")
    for _ in range(4):
        game.alice.run(by=5)
    game.wait(1)
    assert game.types[-2:] == ["game.tick", "game.ended"]
    assert game.result == {"winner": 0, "account": "alice"}
    assert game.room.tick_rate == 0
    assert_replays(game)


def test_a_tick_that_raises_ends_the_game_and_not_the_room():
    game = play(Race, "alice", "bob")
    game.alice.run(by=5)
    game.wait(1)
    game.bob.poison()
    game.wait(1)
    assert game.result is not None
    assert (game.result["aborted"], game.result["problem"]) == ("error", "ValueError")
    assert game.state.at == {0: 5, 1: 0}
    assert_replays(game)


def test_a_tick_that_raises_after_a_quiet_hour_does_not_play_that_hour_again():
    calls = 0

    class Fuse(Race):
        def tick(self, dt: float) -> None:
            nonlocal calls
            calls += 1
            if self.state.at[0] == 5 and len(self.state.dice) == 2:
                raise ValueError

        @action
        def light(self, player: Player) -> None:
            self.state.dice.append(self.random.below(1000))

    game = play(Fuse, "alice")
    game.alice.run(by=5)
    game.wait(300.05)
    calls = 0
    game.alice.light()
    game.wait(0.2)
    assert calls < 30
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert game.log[-2].body["to"] == 3000
    assert_replays(game)


class Restful(Race):
    pausable = True


@pytest.mark.parametrize("still", ["paused", "down", "skipped"])
def test_a_timer_of_a_ticking_game_rings_in_time_after_it_stood_still(still: str):
    game = play(Restful, "alice", "bob")
    game.wait(1)
    if still == "paused":
        game.alice.pause()
        game.wait(100)
        game.alice.resume()
    elif still == "down":
        game.restart(downtime=100)
    else:
        game.now += 100_000  # the host could not play a thousand ticks in time, and skips them
        game._ticked_at = None
        game.alice.run(by=1)
        game.wait(0.2)
    game.alice.ring_in(seconds=5)
    game.wait(4.5)
    assert -1 not in game.state.dice
    game.wait(1)
    assert -1 in game.state.dice
    assert_replays(game)


def test_the_host_may_stop_a_game_that_costs_too_much():
    game = play(Race, "alice")
    game.alice.run(by=5)
    game.submit(StopGame(reason="overrun"))
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}
    assert game.state.at == {0: 5}
    assert_replays(game)


def test_bots_feed_inputs_like_players():
    game = play(Race, "alice", bots=1)
    game.wait(30)
    assert game.result == {"winner": 1, "account": "bot:1"}
    assert_replays(game)


# ── plugins that misbehave ───────────────────────────────────────────────────────────────────────────────────────


class Loops(Diary):
    """Does not come back: the watchdog's exception stands for the time that passed."""

    drop_seconds = 5

    @action
    def loop(self, player: Player) -> None:
        self.state.lines.append("half done")
        raise Stuck

    def on_timeout(self, player: Player | None) -> None:
        raise Stuck

    def on_leave(self, player: Player) -> None:
        raise ValueError("boom")


def test_an_action_that_does_not_come_back_is_refused():
    game = play(Loops, "alice", "bob")
    before = game.room.snapshot()
    with pytest.raises(Internal) as refused:
        game.alice.loop()
    assert refused.value.reason == "overrun"
    assert game.room.snapshot() == before
    game.alice.say()


def test_hook_that_never_returns_ends_the_game_and_is_not_replayed():
    game = play(Loops, "alice", "bob")
    game.wait(31)
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}
    assert_replays(game)


def test_a_hook_that_raises_ends_the_game():
    game = play(Loops, "alice", "bob")
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert_replays(game)


def test_a_result_that_is_not_json_is_the_authors_error():
    class Odd(Diary):
        @action
        def stop(self, player: Player) -> None:
            self.finish(player, why=object())

    game = play(Odd, "alice", "bob")
    with pytest.raises(Exception, match="serialize"):
        game.alice.stop()
    assert game.status == "playing"


def test_a_bot_that_breaks_the_rules_has_run_out_of_time():
    class Cheat(Diary):
        def bot(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "say", {"text": 7}

    game = play(Cheat, "alice", bots=1)
    game.alice.say()
    game.wait(2)
    assert game.state.lines[-1] == "timeout 1"
    assert game.view()["turn"] == 0


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Renamed(State):
    log: list[str] = []
    numbers: list[int] = []


class Diary2(Game[Renamed]):
    kind = "diary"
    version = 2
    turns = True
    turn_seconds = 30

    @action
    def say(self, player: Player, text: str) -> None:
        self.state.log.append(text)

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        assert from_version == 1
        return {"log": state["lines"], "numbers": state["numbers"]}


class Diary3(Game[Notes]):
    kind = "diary"
    version = 3

    @action
    def say(self, player: Player, text: str) -> None: ...


def reopened(game: Table, by: type[Game[Any]]) -> Table:
    """The same log, opened from its latest snapshot by another version of the code."""
    snapshot = game.room.snapshot()
    game.kind = GameRoom.of(by)
    game.room = game.kind("table")
    game.room.restore(snapshot)
    return game


def test_a_running_match_is_migrated():
    game = play(Diary, "alice", "bob")
    game.alice.say(text="in version 1")
    game = reopened(game, Diary2)
    assert game.room.deadline() is not None
    game.wait(0)
    assert game.types[-1] == "game.migrated"
    game.bob.say(text="in version 2")
    assert game.state.log[-2:] == ["0: in version 1", "in version 2"]
    assert game.log_of("bob")[-2].body is None
    assert game.replayed().snapshot() == game.room.snapshot()


def _with_self(self: Any, state: dict[str, Any], from_version: int) -> dict[str, Any]:
    return {"log": state["lines"], "numbers": [from_version]}


def _alone(state: dict[str, Any], from_version: int) -> dict[str, Any]:
    return {"log": state["lines"], "numbers": [from_version]}


@pytest.mark.parametrize("migrate", [_with_self, _alone, staticmethod(_alone), classmethod(_with_self)])
def test_migrate_may_be_written_like_any_other_method(migrate: Any):
    by = new_class("Diary2", (Diary2,), {}, lambda body: body.update(kind="diary", migrate=migrate))
    game = reopened(play(Diary, "alice", "bob"), by)
    game.wait(0)
    assert game.types[-1] == "game.migrated"
    assert game.state.numbers == [1]


def test_without_migrate_an_old_match_can_be_read_and_not_played():
    game = reopened(play(Diary, "alice", "bob"), Diary3)
    assert game.view() == {"status": "incompatible", "version": 1}
    assert game.room.deadline() is None
    assert game.alice.refused("say", text="x") == "incompatible"
    assert game.join("carol").seat is None


def test_a_log_of_another_version_without_a_snapshot_is_read_only():
    game = play(Diary, "alice", "bob")
    game.alice.say()
    game.kind = GameRoom.of(Diary2)
    assert game.replayed().unreadable


def test_an_unread_log_keeps_its_secrets():
    class Poker2(Poker):
        kind = "poker"
        version = 2

    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="ace")
    game = reopened(game, Poker2)
    assert [e.type for e in game.log_of("bob") if e.body is None] == ["game.seed", "game.action"]
    assert game.log_of("alice")[-1].body is not None


def test_a_log_these_rules_cannot_follow_is_read_only():
    class Strict(Diary):
        kind = "diary"

        @action
        def say(self, player: Player, text: str = "") -> None:
            raise ValueError("not any more")

    game = play(Diary, "alice", "bob")
    game.alice.say()
    game.kind = GameRoom.of(Strict)
    assert game.replayed().unreadable
