"""Every refusal in the server's code: whether waiting lifts it, and what does where it does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from parlour import errors
from parlour.errors import ParlourError, RateLimited

SERVER = Path(__file__).parents[1] / "server" / "parlour"
CLASSES = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ParlourError)
}
WAIT = "wait"
LIFTED_BY: dict[tuple[str, str | None], str] = {
    ("Closed", None): "nothing: the room is closed for good",
    ("Closed", "frozen"): "an operator, who thaws the room",
    ("Conflict", None): "another id, or the same content as before",
    ("Conflict", "another_process"): "asking the process that follows the chain",
    ("Conflict", "seen"): "joining again and signing anew",
    ("Conflict", "taken"): "another id",
    ("Forbidden", None): "another key, host or page",
    ("Forbidden", "banned"): "a moderator",
    ("Forbidden", "blocked"): "the other one",
    ("Forbidden", "claim"): "parlour claim, while there is no admin",
    ("Forbidden", "csrf"): "the token of GET /auth/console",
    ("Forbidden", "gate"): "holding what the gate asks for",
    ("Forbidden", "insecure"): "https, or the server's own machine",
    ("Forbidden", "moderation"): "another text",
    ("Forbidden", "muted"): "a moderator",
    ("Forbidden", "not_seated"): "taking a seat",
    ("Forbidden", "origin"): "an operator, by PARLOUR_ORIGINS",
    ("Forbidden", "request"): "somebody who accepts the room",
    ("Forbidden", "reserved"): "another id",
    ("Forbidden", "role"): "an owner, a moderator or an operator",
    ("Forbidden", "room_ids"): "another id",
    ("Forbidden", "rules"): "an owner, who changes the room's rules",
    ("Forbidden", "scope"): "delegating to the key for this room",
    ("Forbidden", "signature"): "signing with a key of the account",
    ("GateNeeded", None): "holding what the gate asks for",
    ("Illegal", "blocks"): "blocking somebody no longer",
    ("Illegal", "presence_data"): "the account itself, which shows less, or the others, who leave",
    ("Illegal", "threads"): "time: whoever set so many levels has no more to say",
    ("Illegal", "push_off"): "the operator, who names a contact",
    ("Illegal", "push_subscriptions"): "taking another browser off",
    ("Illegal", "already_asked"): "nothing: it is done",
    ("Illegal", "already_committed"): "nothing: it is done",
    ("Illegal", "already_contributed"): "nothing: it is done",
    ("Illegal", "already_started"): "nothing: it is done",
    ("Illegal", "already_waiting"): "nothing: it is done",
    ("Illegal", "chain"): "an operator, who has the server follow the chain",
    ("Illegal", "commit_first"): "the other players",
    ("Illegal", "deleted"): "another entry",
    ("Illegal", "depth"): "another pool",
    ("Illegal", "empty"): "a pool that holds something",
    ("Illegal", "fixed"): "another market",
    ("Illegal", "fixed_options"): "another room",
    ("Illegal", "featured"): "nothing: it is done",
    ("Illegal", "frozen"): "nothing: it is done",
    ("Illegal", "game_over"): "a rematch",
    ("Illegal", "gap"): "the updates before it, or blocks that are on the chain",
    ("Illegal", "held"): "a moderator, who releases the message",
    ("Illegal", "incompatible"): "an operator, who serves the game's version",
    ("Illegal", "kind"): "a market",
    ("Illegal", "no_bot"): "another game",
    ("Illegal", "no_bot_there"): "another seat",
    ("Illegal", "no_seat_free"): "somebody who leaves",
    ("Illegal", "not_a_comment"): "a comment",
    ("Illegal", "not_a_message"): "another entry",
    ("Illegal", "not_a_root"): "the root of that thread",
    ("Illegal", "not_an_update"): "a Yjs update",
    ("Illegal", "not_direct"): "a direct room",
    ("Illegal", "not_drawing"): "the game, which asks for it",
    ("Illegal", "not_featured"): "nothing: it is done",
    ("Illegal", "not_frozen"): "nothing: it is done",
    ("Illegal", "not_held"): "nothing: it is done",
    ("Illegal", "not_in_force"): "nothing: it is done",
    ("Illegal", "full"): "somebody who leaves",
    ("Illegal", "not_ready"): "everybody's `party:ready`",
    ("Illegal", "owner"): "nothing: it is done",
    ("Illegal", "party_size"): "a smaller party",
    ("Illegal", "not_over"): "the end of the match",
    ("Illegal", "not_pausable"): "another game",
    ("Illegal", "not_paused"): "a pause",
    ("Illegal", "not_staked"): "the players, who stake",
    ("Illegal", "not_sealed"): "nothing: it is open to the server's moderators",
    ("Illegal", "not_started"): "the start of the match",
    ("Illegal", "not_your_turn"): "the other players",
    ("Illegal", "paused"): "resuming",
    ("Illegal", "pending"): "an operator, by `pending` of the chain",
    ("Illegal", "playing"): "the end of the match, or a server moderator",
    ("Illegal", "reserved"): "nothing: the room is the server's",
    ("Illegal", "staked"): "a table without a stake",
    ("Illegal", "state_too_large"): "another move",
    ("Illegal", "too_few_players"): "players who join",
    ("Illegal", "too_many"): "a moderator, who lifts one",
    ("Illegal", "too_many_changes"): "another message",
    ("Illegal", "too_many_held"): "a moderator, who releases or deletes some",
    ("Illegal", "too_many_kinds"): "one of the kinds there are",
    ("Illegal", "too_many_pins"): "taking a pin off",
    ("Illegal", "tracked"): "nothing: it is done",
    ("Illegal", "watched"): "another watch",
    ("Illegal", "wrong_contribution"): "what was committed to",
    ("Internal", None): "the server's operator, who has it in the log",
    ("Internal", "damaged"): "the server's operator",
    ("Internal", "overrun"): "the game's author",
    ("Invalid", None): "a request that is well formed",
    ("Invalid", "confusable"): "another name",
    ("Invalid", "from_block"): "an earlier block",
    ("Invalid", "no_contract"): "the address of a contract",
    ("Invalid", "unseen"): "a post with `seen`",
    ("Invalid", "unsigned"): "a signed post",
    ("Invalid", "watches"): "taking a watch off",
    ("NoSuchRoom", None): "a room that there is",
    ("NotFound", None): "something that there is",
    ("NotFound", "no_match"): "a match that ends",
    ("NotFound", "node"): "a node that lives",
    ("NotFound", "ahead"): "an entry that there is",
    ("NotFound", "block"): "a block that there is",
    ("NotFound", "chain"): "a chain that is followed",
    ("NotFound", "gap"): "a gap that there is",
    ("NotFound", "not_kept"): "a later entry",
    ("NotFound", "board"): "a board that there is",
    ("NotFound", "season"): "another season, or its log",
    ("NotFound", "unranked"): "a match of that account",
    ("NotFound", "ticket"): "a ticket of one's own that waits",
    ("NotFound", "transaction"): "a transaction that an endpoint knows",
    ("NotFound", "watch"): "a watch that there is",
    ("OverQuota", "rooms_owned"): "closing a room",
    ("OverQuota", "webhooks"): "deleting a receiver",
    ("RateLimited", None): WAIT,
    ("RateLimited", "bytes"): WAIT,
    ("RateLimited", "invitations"): WAIT,
    ("RateLimited", "match"): WAIT,
    ("RateLimited", "room"): WAIT,
    ("RateLimited", "slow"): WAIT,
    ("RateLimited", "too_many_inputs"): WAIT,
    ("RateLimited", "tracks"): WAIT,
    ("RateLimited", "unknown_rooms"): WAIT,
    ("SignInRefused", "chain"): "another chain",
    ("SignInRefused", "domain"): "the page's own domain",
    ("SignInRefused", "expired"): "a new text to sign",
    ("SignInRefused", "malformed"): "a text as the wallet standard has it",
    ("SignInRefused", "nonce"): "a new nonce",
    ("SignInRefused", "not_yet_valid"): "a clock that is right",
    ("SignInRefused", "signature"): "the account's own signature",
    ("SignInRefused", "uri"): "the page's own address",
    ("TooLarge", None): "less",
    ("TooLarge", "document"): "another document",
    ("TooLarge", "nested"): "another document",
    ("TooLarge", "pixels"): "a smaller image",
    ("TooLarge", "quota"): "erasing files",
    ("TooLarge", "structs"): "several smaller updates",
    ("TooLarge", "too_far"): "an entry nearer to one that is kept",
    ("Unauthorized", None): "signing in",
    ("NotOwner", None): WAIT,
    ("Unavailable", None): WAIT,
    ("Unavailable", "gate"): WAIT,
}
"""(class, reason) → what lifts the refusal; `WAIT` where the same request may succeed later by itself."""


@dataclass(frozen=True)
class Refusal:
    """One place that makes an error: `said` is its sentence, "…" for each part that is known at run time alone."""

    where: str
    name: str
    reason: str | None
    said: str | None
    waits: bool

    @property
    def kind(self) -> type[ParlourError]:
        return CLASSES[self.name]


def refusals() -> Iterator[Refusal]:
    for path in sorted(SERVER.rglob("*.py")):
        if path.is_relative_to(SERVER / "games"):
            continue  # reasons of a game's author: always `illegal`
        code = path.read_text()
        if "parlour.errors" not in code:
            continue  # so that every run of pytest reads a third of the files
        tree = ast.parse(code)
        known = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "parlour.errors"
            for name in node.names
        } & CLASSES.keys()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
                yield read(node, node.func.id, f"{path.name}:{node.lineno}")


def read(call: ast.Call, name: str, where: str) -> Refusal:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    sentence = call.args[0] if call.args else None
    reason = given.get("reason")
    if name == "SignInRefused":
        reason, sentence = call.args[:2]
    said = None if sentence is None else text(sentence)
    return Refusal(where, name, None if reason is None else text(reason), said, "retry_after" in given)


def text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value):
            return str(value)
        case ast.JoinedStr(values):
            return "".join(text(value) for value in values)
    return "…"


FOUND = list(refusals())


def test_every_refusal_is_in_the_table_and_the_table_has_no_other() -> None:
    assert len(FOUND) > 200
    met = {(each.name, each.reason): each.where for each in FOUND if each.reason != "…"}
    assert {each: where for each, where in met.items() if each not in LIFTED_BY} == {}
    assert LIFTED_BY.keys() - met.keys() == set()


@pytest.mark.parametrize(("name", "reason"), LIFTED_BY)
def test_refusal_is_retryable_where_waiting_lifts_it_and_nowhere_else(name: str, reason: str | None) -> None:
    assert CLASSES[name].retryable is (LIFTED_BY[name, reason] == WAIT)


def test_refusal_that_waiting_lifts_says_when_or_to_try_again() -> None:
    for each in FOUND:
        if each.kind.retryable:
            said = each.said or each.kind.default_message
            assert each.waits or "try again" in said or said == "…", each
            assert each.waits or not issubclass(each.kind, RateLimited), each


def test_refusal_is_a_sentence_in_plain_words() -> None:
    for each in FOUND:
        said = each.said or each.kind.default_message
        assert said[-1] in ".…", each
        assert "None" not in said, each
