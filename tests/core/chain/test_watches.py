"""`room:watch` made regular, and the watches a room holds."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.chain.watches import Watches, check_start, normalise
from parlour.core.room import ChainUpdate, Draft, Entry, Tick, Unwatch, Watch
from parlour.errors import Forbidden, Invalid, NotFound, TooLarge

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
PING = "Ping(address indexed who, uint256 value)"


def asked(**more: Any) -> dict[str, Any]:
    return {"chain": 31337, "address": ADDRESS.lower(), "event": PING, **more}


def test_request_is_filled_in_and_made_regular() -> None:
    assert normalise(asked(event=f"event {PING};")) == {
        "chain": 31337, "address": ADDRESS, "event": PING, "finality": "included", "confirm": ["finalized"],
    }  # fmt: skip


def test_watch_of_finalized_events_announces_no_confirmation() -> None:
    assert normalise(asked(finality="finalized"))["confirm"] == []
    assert normalise(asked(finality=3, confirm=[5, "safe", 5]))["confirm"] == [5, "safe"]


def test_several_addresses_and_an_abi_are_kept_as_lists() -> None:
    abi = [{"type": "event", "name": n, "inputs": []} for n in "AB"]
    record = normalise(asked(address=[ADDRESS, "0x" + "11" * 20, ADDRESS.lower()], event=abi))
    assert record["address"] == [ADDRESS, "0x" + "11" * 20]
    assert record["event"] == ["A()", "B()"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"chain": "1"}, "watch.chain"), ({"chain": True}, "watch.chain"), ({"chain": 0}, "watch.chain"),
        ({"chain": None}, "watch.chain"), ({"address": "0x12"}, "watch.address"), ({"address": 7}, "watch.address"),
        ({"address": []}, "watch.address"), ({"address": ["0x" + f"{n:040x}" for n in range(33)]}, "watch.address"),
        ({"address": ADDRESS[:-1] + "B"}, "watch.address"), ({"address": ADDRESS[2:]}, "watch.address"),
        ({"address": ADDRESS.replace("F", "f", 1)}, "watch.address"), ({"event": "Ping"}, "watch.event"),
        ({"event": None}, "watch.event"), ({"where": None}, None), ({"where": []}, "watch.where"),
        ({"where": {"value": 1}}, "watch.where"), ({"where": "x"}, "watch.where"),
        ({"finality": "soon"}, "watch.finality"), ({"finality": 0}, "watch.finality"),
        ({"finality": 5000}, "watch.finality"), ({"finality": True}, "watch.finality"),
        ({"finality": []}, "watch.finality"),
        ({"confirm": "finalized"}, "watch.confirm"), ({"confirm": [0]}, "watch.confirm"),
        ({"confirm": [[]]}, "watch.confirm"), ({"confirm": list(range(1, 20))}, "watch.confirm"),
        ({"fromBlock": -1}, "watch.fromBlock"), ({"fromBlock": "latest"}, "watch.fromBlock"),
        ({"fromBlock": True}, "watch.fromBlock"), ({"color": "red"}, "watch.color"),
        ({"topics": []}, "watch.topics"),
    ],
)  # fmt: skip
def test_bad_request_is_refused_and_the_field_named(change: dict[str, Any], path: str | None) -> None:
    if path is None:
        assert "where" not in normalise(asked(**change))
        return
    with pytest.raises(Invalid) as refused:
        normalise(asked(**change))
    assert (refused.value.details or {})["path"] == path
    assert refused.value.message.endswith(".")


def test_only_operators_watch_without_an_address() -> None:
    request = {"chain": 1, "event": PING}
    with pytest.raises(Forbidden):
        normalise(request)
    assert "address" not in normalise(request, operator=True)


@pytest.mark.parametrize("request_", [None, [], "watch", 7])
def test_request_that_is_no_object_is_refused(request_: Any) -> None:
    with pytest.raises(Invalid):
        normalise(request_)


def test_huge_request_is_refused() -> None:
    with pytest.raises(TooLarge):
        normalise(asked(where={"who": ["0x" + "11" * 20] * 3000}))


def record(watch: str = "w1", chain: int = 31337) -> dict[str, Any]:
    return {**normalise(asked(chain=chain)), "id": watch, "from": {"number": 5, "hash": "0xaa"}}


def entry(draft: Draft, seq: int = 1) -> Entry:
    return Entry("r", "e", seq, "", draft.type, "", 0, draft.body, b"", b"", b"")


def watching(*records: dict[str, Any]) -> Watches:
    watches = Watches()
    for r in records or (record(),):
        for draft in watches.handle(Watch(author="0xA", watch=r)).entries:
            watches.apply(entry(draft))
    return watches


def test_watch_is_stored_with_who_asked_for_it() -> None:
    outcome = Watches().handle(Watch(author="0xA", watch=record()))
    assert [(d.type, d.body) for d in outcome.entries] == [("room.watched", {"watch": record(), "by": "0xA"})]
    assert outcome.reply == {"watch": record()}


def test_same_watch_again_changes_nothing() -> None:
    outcome = watching().handle(Watch(watch=record()))
    assert outcome.entries == []
    assert outcome.reply == {"watch": record()}


def test_room_holds_as_many_watches_as_the_command_allows() -> None:
    watches = watching(*(record(f"w{n}") for n in range(16)))
    with pytest.raises(Invalid, match="16"):
        watches.handle(Watch(watch=record("one more"), most=16))
    assert watches.handle(Watch(watch=record("one more"), most=17)).entries


def test_unwatching_needs_the_watch() -> None:
    watches = watching()
    with pytest.raises(NotFound):
        watches.handle(Unwatch(watch="w2"))
    for draft in watches.handle(Unwatch(watch="w1")).entries:
        watches.apply(entry(draft))
    assert watches.get("w1") is None


def news(*drafts: tuple[str, dict[str, Any]]) -> ChainUpdate:
    return ChainUpdate(drafts=[Draft(kind, body, source=str(n)) for n, (kind, body) in enumerate(drafts)])


def test_news_of_a_watch_the_room_no_longer_has_are_left_out() -> None:
    outcome = watching().handle(news(("chain.event", {"watch": "w1"}), ("chain.event", {"watch": "old"})))
    assert [d.body for d in outcome.entries] == [{"watch": "w1"}]


def test_news_only_for_watches_the_room_lacks_are_refused_by_name() -> None:
    with pytest.raises(NotFound) as refused:
        watching().handle(news(("chain.event", {"watch": "ghost"}), ("chain.gap", {"watch": "other"})))
    assert (refused.value.reason, refused.value.details) == ("watch", {"watches": ["ghost", "other"]})


def test_correction_without_an_event_here_is_left_out() -> None:
    outcome = watching().handle(news(("chain.reverted", {"of": [], "void": []}), ("chain.moved", {"of": [3]})))
    assert [d.type for d in outcome.entries] == ["chain.moved"]


def test_confirmations_of_chains_the_room_does_not_watch_are_left_out() -> None:
    outcome = watching().handle(news(("chain.confirmed", {"chain": 1}), ("chain.confirmed", {"chain": 31337})))
    assert [d.body for d in outcome.entries] == [{"chain": 31337}]


def test_snapshot_and_later_entries_equal_a_fresh_fold() -> None:
    upto = {"number": 9, "hash": "0xbb"}
    drafts = [
        Draft("room.watched", {"watch": record("w1")}),
        Draft("room.watched", {"watch": record("w2", 10)}),
        Draft("chain.confirmed", {"chain": 31337, "upTo": upto, "status": "safe"}),
        Draft("room.unwatched", {"watch": "w1"}),
        Draft("chain.confirmed", {"chain": 10, "upTo": upto, "status": "included", "confirmations": 3}),
        Draft("chain.event", {"watch": "w2"}),
    ]
    fresh = Watches()
    for draft in drafts:
        fresh.apply(entry(draft))
    for cut in range(len(drafts) + 1):
        before, after = Watches(), Watches()
        for draft in drafts[:cut]:
            before.apply(entry(draft))
        after.restore(before.snapshot())
        for draft in drafts[cut:]:
            after.apply(entry(draft))
        assert after.snapshot() == fresh.snapshot()
    assert fresh.confirmed == {"31337": {"safe": upto}, "10": {"3": upto}}
    assert [r["id"] for r in fresh.on_chain(10)] == ["w2"]


def test_command_that_is_not_about_watches_is_a_bug() -> None:
    with pytest.raises(TypeError):
        Watches().handle(Tick())


@pytest.mark.parametrize("first", [90, 100, 101])
def test_start_within_reach_of_the_head_is_accepted(first: int) -> None:
    check_start(first, head=100, most_back=10)


@pytest.mark.parametrize(("first", "message"), [(102, "in the future"), (89, "10 blocks back at most")])
def test_start_out_of_reach_is_refused_with_the_reason(first: int, message: str) -> None:
    with pytest.raises(Invalid, match=message) as refused:
        check_start(first, head=100, most_back=10)
    assert refused.value.reason == "from_block"


RAW = {"chain": 31337, "address": ADDRESS.lower()}
T1, T2 = "0x" + "AB" * 32, "0x" + "cd" * 32


def test_raw_topics_take_the_place_of_an_event() -> None:
    record = normalise({**RAW, "topics": [None, [T1, T2, T1], T2, None]})
    assert record["topics"] == [None, [T1.lower(), T2], [T2]]
    assert "event" not in record
    assert normalise({**RAW, "topics": [None] * 4})["topics"] == []


@pytest.mark.parametrize(
    ("topics", "more", "path"),
    [
        ([None] * 5, {}, "watch.topics"), ("0x", {}, "watch.topics"), ([["0x12"]], {}, "watch.topics[0]"),
        ([None, []], {}, "watch.topics[1]"), ([7], {}, "watch.topics[0]"), ([[T1] * 65], {}, "watch.topics[0]"),
        ([T1], {"event": PING}, "watch.topics"), ([T1], {"where": {}}, "watch.topics"),
    ],
)  # fmt: skip
def test_bad_topics_are_refused_and_named(topics: Any, more: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise({**RAW, "topics": topics, **more})
    assert (refusal.value.details or {})["path"] == path


def test_operator_may_watch_a_topic_anywhere_but_not_everything() -> None:
    everywhere = {"chain": 31337, "topics": [T1]}
    assert normalise(everywhere, operator=True)["topics"] == [[T1.lower()]]
    with pytest.raises(Invalid, match="not everything on a chain"):
        normalise({"chain": 31337, "topics": [None, [T1]]}, operator=True)
    with pytest.raises(Forbidden):
        normalise(everywhere)
