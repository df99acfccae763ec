"""Messages folded from entries: folding on as entries come gives what a fresh fold of the kept ones gives."""

from __future__ import annotations

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlour_client import Entry, fold_messages
from parlour_client.chat import Conversation

seqs = st.integers(1, 12)
bodies = st.one_of(
    st.tuples(st.just("chat.message"), st.fixed_dictionaries({"text": st.sampled_from("abc")})),
    st.tuples(st.just("chat.message"), st.none()),
    st.tuples(st.just("chat.edit"), st.fixed_dictionaries({"of": seqs, "text": st.sampled_from("xyz")})),
    st.tuples(st.just("chat.delete"), st.fixed_dictionaries({"of": seqs})),
    st.tuples(st.just("chat.pin"), st.fixed_dictionaries({"of": seqs, "on": st.booleans()})),
    st.tuples(
        st.just("chat.reaction"),
        st.fixed_dictionaries({"of": seqs, "emoji": st.sampled_from("☀☁"), "on": st.booleans()}),
    ),
    st.tuples(
        st.just("chain.reverted"),
        st.fixed_dictionaries({"of": st.lists(seqs, max_size=2)}, optional={"void": st.just([{"seq": 1}])}),
    ),
    st.tuples(st.just("chat.edit"), st.none()),
    st.tuples(st.just("app.x"), st.fixed_dictionaries({"of": seqs})),
)


def entry(seq: int, type_: str, body: Any, author: str) -> Entry:
    return Entry("lobby", seq, f"e{seq}", type_, author, seq, body, f"h{seq}")


@given(st.lists(st.tuples(bodies, st.sampled_from(["0xA", "0xB"]), st.booleans()), max_size=16))
def test_conversation_folded_on_equals_a_fresh_fold(said: list[tuple[tuple[str, Any], str, bool]]) -> None:
    kept: deque[Entry] = deque(maxlen=8)
    conversation = Conversation()
    for seq, ((type_, body), author, looked_at) in enumerate(said, 1):
        if type_ == "chain.reverted":  # it names earlier entries alone
            body = {**body, "of": [of for of in body["of"] if of < seq]}
        kept.append(entry(seq, type_, body, author))
        if looked_at:
            assert conversation.messages(kept) == fold_messages(kept)
    assert conversation.messages(kept) == fold_messages(kept)


def test_conversation_of_another_log_starts_afresh() -> None:
    conversation = Conversation()
    conversation.messages([entry(seq, "chat.message", {"text": "old"}, "0xA") for seq in (1, 2)])
    conversation.start_afresh()
    assert [one.text for one in conversation.messages([entry(1, "chat.message", {"text": "new"}, "0xA")])] == ["new"]
