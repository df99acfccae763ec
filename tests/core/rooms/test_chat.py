"""Chat's rules: what may be said, edited, deleted, reacted to and pinned."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.room import Entry, Outcome, Post
from parlour.core.rooms.chat import MAX_PINS
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError

NOW = 1000
ALICE, BOB, CAROL = (f"0x{digit * 40}" for digit in "123")


class Talk:
    """A hall with a log kept by hand."""

    def __init__(self) -> None:
        self.room = Hall("hall")
        self.log: dict[int, Entry] = {}
        self.add(
            "room.created", "", {"kind": "chat", "owner": "owner", "title": "", "visibility": "public", "options": {}}
        )
        self.add("member.role", "", {"account": "mod", "role": "moderator"})

    def add(self, type_: str, author: str, body: Any, ref: int | None = None) -> int:
        seq = len(self.log) + 1
        entry = self.log[seq] = Entry("hall", "e", seq, str(seq), type_, author, NOW, body, b"x", b"", b"", ref=ref)
        self.room.apply(entry)
        return seq

    def handle(self, author: str, type_: str, body: Any) -> Outcome:
        post = Post(author=author, at=NOW, id="1", type=type_, body=body)
        post.referenced = {seq: self.log[seq] for seq in post.references() if seq in self.log}
        return self.room.handle(post)

    def say(self, author: str, type_: str, body: Any) -> int:
        draft = self.handle(author, type_, body).entries[0]
        return self.add(draft.type, draft.author, draft.body, draft.ref)

    def refused(self, author: str, type_: str, body: Any) -> str:
        with pytest.raises(ParlourError) as error:
            self.handle(author, type_, body)
        return error.value.reason or error.value.code


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_message_is_stored_as_it_was_sent(talk: Talk) -> None:
    body = {"text": "gm <b>", "extra": [1, None]}
    assert talk.handle("alice", "chat.message", body).entries[0].body == body


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " \u200b\u3164"}, {"text": 5}, {"text": None}, {"text": ["a"]}, b"bytes"]
)
def test_message_needs_a_text(talk: Talk, body: Any) -> None:
    assert talk.refused("alice", "chat.message", body) == "invalid"


def test_mentioned_accounts_get_one_notice_and_the_author_none(talk: Talk) -> None:
    mentions = [BOB.lower(), BOB, ALICE, CAROL, "@here"]
    outcome = talk.handle(ALICE, "chat.message", {"text": "hey", "mentions": mentions})
    assert [notice.account for notice in outcome.notices] == [BOB, CAROL]
    assert talk.refused(ALICE, "chat.message", {"text": "hey", "mentions": ["bob"]}) == "invalid"


def test_edit_tells_those_whom_nothing_told_before(talk: Talk) -> None:
    message = talk.say(ALICE, "chat.message", {"text": "hey", "mentions": [BOB]})
    edit = Post(author=ALICE, at=NOW, id="2", type="chat.edit", body={"of": message, "text": "ho"}, told={BOB})
    assert isinstance(edit.body, dict)
    edit.body["mentions"] = [BOB, CAROL, ALICE]
    edit.referenced = talk.log
    assert [notice.account for notice in talk.room.handle(edit).notices] == [CAROL]


def test_reply_in_a_thread_belongs_to_its_root(talk: Talk) -> None:
    root = talk.say("alice", "chat.message", {"text": "gm"})
    reply = talk.say("bob", "chat.message", {"text": "re", "thread": root})
    assert talk.log[reply].ref == root
    assert talk.refused("bob", "chat.message", {"text": "re", "thread": reply}) == "not_a_root"
    talk.say("bob", "chat.message", {"text": "re", "replyTo": reply, "thread": root})


def test_own_emoji_of_a_room_is_a_reaction(talk: Talk) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    body = {"of": message, "emoji": ":parrot:", "on": True}
    assert talk.refused("bob", "chat.reaction", body) == "invalid"
    talk.add("room.configured", "", {"by": "owner", "rules": {"emoji": {"parrot": "0x00"}}})
    talk.say("bob", "chat.reaction", body)
    assert talk.refused("bob", "chat.reaction", body | {"emoji": "::"}) == "invalid"


@pytest.mark.parametrize("key", ["replyTo", "thread"])
def test_reply_needs_its_message(talk: Talk, key: str) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    talk.say("bob", "chat.message", {"text": "re", key: message})
    assert talk.refused("bob", "chat.message", {"text": "re", key: 99}) == "not_found"
    assert talk.refused("bob", "chat.message", {"text": "re", key: 1}) == "not_a_message"
    for absurd in (0, -1, True, "2", 1.5, None):
        assert talk.refused("bob", "chat.message", {"text": "re", key: absurd}) == "invalid"


def test_message_is_edited_by_its_author_alone(talk: Talk) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    assert talk.handle("alice", "chat.edit", {"of": message, "text": "gn"}).entries[0].ref == message
    for other in ("bob", "mod", "owner"):
        assert talk.refused(other, "chat.edit", {"of": message, "text": "gn"}) == "role"


def test_dapps_own_entries_take_reactions_and_no_edits(talk: Talk) -> None:
    note = talk.say("alice", "app.note", {"n": 1})
    assert talk.refused("alice", "chat.edit", {"of": note, "text": "gn"}) == "not_a_message"
    talk.say("bob", "chat.reaction", {"of": note, "emoji": "👍", "on": True})


@pytest.mark.parametrize(("who", "whose", "allowed"), [
    ("alice", "alice", True), ("bob", "alice", False), ("mod", "alice", True), ("mod", "owner", False),
    ("owner", "mod", True), ("mod", "mod", True),
])  # fmt: skip
def test_message_is_deleted_by_its_author_or_a_higher_role(talk: Talk, who: str, whose: str, allowed: bool) -> None:
    message = talk.say(whose, "chat.message", {"text": "gm"})
    if allowed:
        assert talk.handle(who, "chat.delete", {"of": message}).erase == [message]
    else:
        assert talk.refused(who, "chat.delete", {"of": message}) == "role"


def test_deleted_message_cannot_be_referred_to(talk: Talk) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    talk.say("alice", "chat.delete", {"of": message})
    talk.log[message].raw = talk.log[message].body = None
    for type_, body in (
        ("chat.message", {"text": "re", "replyTo": message}),
        ("chat.edit", {"of": message, "text": "x"}),
        ("chat.reaction", {"of": message, "emoji": "👍", "on": True}),
        ("chat.delete", {"of": message}),
    ):
        assert talk.refused("alice", type_, body) == "deleted"


@pytest.mark.parametrize("body", [
    {"emoji": "", "on": True}, {"emoji": "x", "on": True}, {"emoji": 1, "on": True}, {"emoji": "👍"},
    {"emoji": "👍", "on": 1}, {"emoji": "<b>", "on": True}, {"emoji": "👍👍", "on": True},
])  # fmt: skip
def test_reaction_is_a_short_emoji_on_or_off(talk: Talk, body: dict[str, Any]) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    assert talk.refused("bob", "chat.reaction", {"of": message, **body}) == "invalid"


def test_message_is_pinned_by_moderators_and_unpinned_when_deleted(talk: Talk) -> None:
    message = talk.say("alice", "chat.message", {"text": "gm"})
    assert talk.refused("alice", "chat.pin", {"of": message, "on": True}) == "role"
    talk.say("mod", "chat.pin", {"of": message, "on": True})
    talk.say("owner", "chat.pin", {"of": message, "on": True})
    assert talk.room.chat.pins == [message]
    talk.say("alice", "chat.delete", {"of": message})
    assert talk.room.chat.pins == []


def test_pins_are_bounded(talk: Talk) -> None:
    for number in range(MAX_PINS):
        talk.say("mod", "chat.pin", {"of": talk.say("alice", "chat.message", {"text": str(number)}), "on": True})
    more = talk.say("alice", "chat.message", {"text": "one more"})
    assert talk.refused("mod", "chat.pin", {"of": more, "on": True}) == "too_many_pins"


def test_chat_type_that_does_not_exist_is_invalid(talk: Talk) -> None:
    assert talk.refused("alice", "chat.shout", {"text": "gm"}) == "invalid"
