"""What one room takes: posts and signals, refused with a time to come back, the one who floods before the others."""

from __future__ import annotations

import pytest

from parlour.errors import RateLimited
from parlour.runtime.limits import FAIR_SHARE, FairBucket, TokenBucket
from parlour.testing.fakes import FakeClock, FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, limits, message

# ── the bucket ───────────────────────────────────────────────────────────────────────────────────────────────────


def taken(bucket: FairBucket, who: str, most: int = 10_000) -> int:
    """How many `who` gets before being refused."""
    for count in range(most):
        try:
            bucket.spend(who)
        except RateLimited:
            return count
    return most


def test_fair_bucket_when_half_is_left_counts_nobody() -> None:
    bucket = FairBucket(10, 100, FakeClock())
    assert [bucket.spend(ALICE) for _ in range(50)] == [None] * 50


async def test_fair_bucket_when_flooded_refuses_the_flooder_first() -> None:
    clock = FakeClock()
    bucket = FairBucket(10, 100, clock)
    assert taken(bucket, ALICE) == 50 + 10, "half of the room's, then a share of her own"
    assert taken(bucket, BOB) == 100 * FAIR_SHARE
    assert taken(bucket, CAROL, 5) == 5
    await clock.advance(1)
    assert taken(bucket, ALICE) == 10 * FAIR_SHARE, "a tenth of the rate while the room is short of it"
    await clock.advance(10)
    assert taken(bucket, ALICE, 30) == 30, "the room has recovered"


async def test_fair_bucket_when_recovered_forgets_accounts() -> None:
    clock = FakeClock()
    bucket = FairBucket(10, 100, clock)
    taken(bucket, ALICE)
    await clock.advance(2)
    assert taken(bucket, ALICE) == 10 + 100 * FAIR_SHARE, "down to half of the room's, then a whole share again"


async def test_fair_bucket_when_empty_refuses_everybody() -> None:
    clock = FakeClock()
    bucket = FairBucket(10, 100, clock)
    assert sum(taken(bucket, f"account-{n}") for n in range(20)) == 100
    with pytest.raises(RateLimited) as refusal:
        bucket.spend("somebody new")
    assert (refusal.value.reason, refusal.value.retry_after) == ("room", 100)
    await clock.advance(0.1)
    bucket.spend("somebody new")


async def test_fair_bucket_retry_after_is_the_time_it_takes() -> None:
    clock = FakeClock()
    bucket = FairBucket(10, 100, clock)
    taken(bucket, ALICE)
    with pytest.raises(RateLimited) as refusal:
        bucket.spend(ALICE)
    assert refusal.value.retry_after == 1000
    await clock.advance(0.9)
    assert taken(bucket, ALICE) == 0
    await clock.advance(0.1)
    assert taken(bucket, ALICE) == 1


def test_refusal_names_a_wait_even_where_the_bucket_refilled_meanwhile() -> None:
    assert RateLimited(retry_after=TokenBucket(10, 100, FakeClock()).wait_ms()).retry_after == 1
    assert RateLimited().retry_after is None


# ── in a room ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_room_takes_its_burst_of_posts_and_no_more() -> None:
    process = Process(limits=limits(room_posts_per_second=10, room_posts_burst=20))
    await process.create()
    answers = [process.submit(message(f"0x{n % 9 + 1:040x}", "gm", f"p{n}")) for n in range(30)]
    refusal = await process.refused(message(CAROL, "gm", "last"))
    refused = [answer[0] for answer in answers if isinstance(answer[0], RateLimited)]
    assert len(refused) == 10
    assert (refusal.code, refusal.reason, refusal.retryable, refusal.retry_after) == ("rate_limited", "room", True, 100)
    assert len(await process.log()) == 1 + 20
    await process.clock.advance(0.1)
    assert (await process.post(CAROL, "gm", "last"))["ok"] is True


async def test_known_id_when_the_room_is_full_is_answered() -> None:
    process = Process(limits=limits(room_posts_per_second=1, room_posts_burst=2))
    await process.create()
    first = await process.post(ALICE, "gm", "a")
    await process.post(BOB, "gm", "b")
    assert (await process.refused(message(BOB, "gm", "c"))).code == "rate_limited"
    assert await process.post(ALICE, "gm", "a") == {**first, "duplicate": True}


async def test_outsider_spends_no_posts_and_learns_nothing_of_a_private_room() -> None:
    process = Process(limits=limits(room_posts_per_second=1, room_posts_burst=2))
    await process.create(visibility="private")
    for _ in range(5):
        assert (await process.refused(message(ALICE, "gm"))).code == "not_found"
    for text in ("mine", "too"):
        await process.post(OWNER, text)
    assert (await process.refused(message(OWNER, "gm"))).code == "rate_limited"
    assert (await process.refused(message(ALICE, "gm"))).code == "not_found"


async def test_flood_in_one_room_leaves_another_alone() -> None:
    process = Process(limits=limits(room_posts_per_second=1, room_posts_burst=1))
    for room in ("hall", "den"):
        await process.create(room)
    await process.post(ALICE, "gm")
    assert (await process.refused(message(BOB, "gm"))).code == "rate_limited"
    assert (await process.post(BOB, "gm", room="den"))["ok"] is True


async def test_room_takes_its_burst_of_signals_and_no_more() -> None:
    process = Process(limits=limits(room_signals_per_second=10, room_signals_burst=4))
    await process.create()
    alice, bob, carol = FakeConnection(ALICE), FakeConnection(BOB), FakeConnection(CAROL)
    for connection in (alice, bob, carol):
        await process.join(connection)
    host = process.registry.find("hall")
    assert host is not None
    for sender in (alice, bob, alice, bob):
        host.signal(sender, "cursor", {})
    with pytest.raises(RateLimited) as refusal:
        host.signal(carol, "cursor", {})
    assert (refusal.value.reason, refusal.value.retry_after) == ("room", 100)
    assert sum(heard.event == "signal" for heard in carol.heard) == 4
    await process.clock.advance(0.1)
    host.signal(carol, "cursor", {})
