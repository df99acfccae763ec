"""Gates of live rooms over a simulated chain: who comes in, who is put out, who comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from parlour.core import room as commands
from parlour.errors import Forbidden, NoSuchRoom, Unavailable
from parlour.runtime.archive.room_files import RoomFiles
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Bounds, Caller, TextSearch
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import Append, Done
from parlour.runtime.store_memory import MemoryStore
from tests.runtime.gates.kit import club, removed, settled, world
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, message


async def test_holder_comes_in_and_the_log_says_by_which_leaf() -> None:
    made = await club()
    await made.join(ALICE)
    (body,) = await made.entries("member.admitted")
    head = made.sim.head
    assert body == {
        "account": ALICE, "by": "", "chain": 1337, "leaf": made.leaf(),
        "block": {"number": head.number, "hash": head.hash},
    }  # fmt: skip
    assert made.answer["role"] == "member"
    assert made.answer["room"]["gate"] == made.leaf()


async def test_stranger_is_refused_with_what_is_needed_and_held() -> None:
    made = await club()
    refusal = await made.refusal(made.join(BOB))
    assert isinstance(refusal, Forbidden)
    assert refusal.reason == "gate"
    assert refusal.details == {"need": [made.leaf()], "have": ["0"]}
    assert await made.people() == []


async def test_owner_and_server_roles_pass_and_guests_never() -> None:
    made = await club()
    await made.join(OWNER)
    await made.join(CAROL, rank=1)
    assert (await made.refusal(made.join(""))).reason == "gate"
    post = commands.Post(author="app:bot", rank=2, id="1", type="app.x", body={})
    assert (await made.refusal(made.ask(post))).reason == "gate"
    assert await made.people() == []


async def test_every_path_asks_once_and_then_costs_nothing() -> None:
    made = await club()
    calls = len(made.multicall.calls)
    assert (await made._done(made.rooms.history("club", Caller(ALICE), Bounds())))["entries"]
    await made.ask(message(ALICE, "hello"))
    await made.join(ALICE)
    assert len(made.multicall.calls) == calls + 1
    assert await made.people() == [("in", ALICE)]


READING = ("history", "messages", "members", "presence", "describe", "state_at", "transcript", "replay")
READING_PARTS = ("pins", "edits", "search", "document", "document_versions", "mark_read")


@pytest.mark.parametrize("path", [*READING, *READING_PARTS])
async def test_stranger_reads_nothing_by_any_path(path: str) -> None:
    made = await club()
    more: dict[str, tuple[Any, ...]] = {
        "history": (Bounds(),), "messages": (Bounds(),), "members": (None, 10), "state_at": (None,), "edits": (1,),
        "search": (TextSearch("hello"),), "document": (None, "text"), "document_versions": (None, 10),
        "mark_read": (1,),
    }  # fmt: skip
    read = getattr(made.rooms, path)("club", Caller(BOB), *more.get(path, ()))
    assert (await made.refusal(read)).reason == "gate"


class NoFiles:
    """The files of no room: a refusal comes before anybody looks."""

    async def find(self, room: str, hash_: bytes) -> None:
        return None


async def test_stranger_brings_no_file_and_sees_none() -> None:
    made = await club()
    files = RoomFiles(RoomRights(made.process.registry), NoFiles())
    assert (await made.refusal(files.bring("club", Caller(BOB)))).reason == "gate"
    assert (await made.refusal(files.find("club", Caller(BOB), bytes(32)))).reason == "gate"
    assert await made._done(files.bring("club", Caller(ALICE))) == "club"
    assert (await made.refusal(files.find("club", Caller(ALICE), bytes(32)))).code == "not_found"


async def test_requests_of_one_account_keep_their_order_at_the_gate() -> None:
    made = await club()
    asked = [asyncio.ensure_future(made.rooms.ask("club", _post(n))) for n in range(4)]
    await asyncio.sleep(0)
    asked += [asyncio.ensure_future(made.rooms.ask("club", _post(n))) for n in range(4, 8)]
    await settled()
    asked += [asyncio.ensure_future(made.rooms.ask("club", _post(8)))]
    await settled()
    assert all(each.done() for each in asked)
    assert [body["text"] for body in await made.entries("chat.message")] == [str(n) for n in range(9)]
    assert await made.people() == [("in", ALICE)]


def _post(number: int) -> Any:
    return RoomRequest(message(ALICE, str(number)))


async def test_transfer_puts_the_holder_out_in_the_same_block() -> None:
    made = await club()
    alice = await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    (body,) = await made.entries("member.removed")
    head = made.sim.head
    assert body == {
        "account": ALICE, "by": "", "reason": "gate", "chain": 1337, "leaf": made.leaf(),
        "block": {"number": head.number, "hash": head.hash},
    }  # fmt: skip
    assert removed(alice) == ["gate"]
    assert [(to, notice["type"]) for to, notice in made.process.notices] == [(ALICE, "gate")]
    assert (await made.refusal(made.ask(message(ALICE, "still here")))).reason == "gate"
    await made.join(BOB)


class HeldStore(MemoryStore):
    """Stores nothing while it is held."""

    held: list[tuple[Sequence[Append], Done]] | None = None

    def append_all(self, batches: Sequence[Append], done: Done) -> None:
        if self.held is None:
            super().append_all(batches, done)
        else:
            self.held.append((batches, done))

    def go_on(self) -> None:
        held, self.held = self.held or [], None
        for batches, done in held:
            self.append_all(batches, done)


async def test_transfer_while_the_grant_is_being_stored_puts_the_holder_out() -> None:
    store = HeldStore()
    made = await club(store=store)
    store.held = []
    joining = asyncio.ensure_future(made.rooms.ask("club", RoomRequest(commands.Join(author=ALICE))))
    await settled()
    assert len(store.held) == 1, "the grant waits for the store"
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    store.go_on()
    await asyncio.gather(joining, return_exceptions=True)
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_part_of_the_tokens_sold_leaves_the_right() -> None:
    made = await club()
    alice = await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 4))
    assert await made.people() == [("in", ALICE)]
    assert removed(alice) == []


async def test_strangers_transfers_ask_nothing_of_the_node() -> None:
    made = await club()
    await made.join(ALICE)
    await made.catch_up()
    await made.mine()
    before = len(made.multicall.calls)
    await made.mine(*(made.token.mint(f"0x{n:040x}", 1) for n in range(1000, 1050)))
    assert len(made.multicall.calls) == before


async def test_reorg_without_the_transfer_gives_the_right_back() -> None:
    made = await club()
    await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    made.sim.reorg(1, [[], []])
    await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE), ("back", ALICE)]
    (body,) = await made.entries("member.restored")
    assert (body["by"], body["from"], body["block"]["hash"]) == ("", "gate", made.sim.head.hash)
    await made.ask(message(ALICE, "back"))


async def test_reorg_that_takes_the_token_takes_the_grant() -> None:
    made = await world()
    await made.room(made.leaf())
    await made.mine(made.token.mint(ALICE, 1))
    await made.join(ALICE)
    made.sim.reorg(1, [[], []])
    await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_flip_between_branches_ends_where_the_chain_ends() -> None:
    made = await club()
    await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    sold = made.sim.head
    made.sim.reorg(1, [[], []])
    await made.catch_up()
    made.sim.mine([], on=sold)
    made.sim.mine([])
    await made.catch_up()
    assert await made.people() == [("in", ALICE), ("out", ALICE), ("back", ALICE), ("out", ALICE)]


async def test_right_that_ended_while_the_server_was_down_is_gone_at_once() -> None:
    made = await club()
    await made.join(ALICE)
    await made.process.close()
    made.start("two")
    made.sim.mine([made.token.transfer(ALICE, BOB, 5)])
    await made.catch_up()
    refusal = await made.refusal(made._done(made.rooms.history("club", Caller(ALICE), Bounds())))
    assert refusal.reason == "gate"
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_silent_chain_lets_nobody_new_in_and_puts_nobody_out() -> None:
    made = await club()
    await made.join(ALICE)
    made.nodes[1337].down = True
    for _ in range(3):
        await made.chains.chain(1337).follower.step()
    refusal = await made.refusal(made.join(BOB))
    assert isinstance(refusal, Unavailable)
    assert refusal.reason == "gate"
    assert refusal.retry_after
    await made.ask(message(ALICE, "still here"))


async def test_finality_is_asked_of_grants_and_not_of_removals() -> None:
    made = await world()
    await made.room({**made.leaf(), "finality": 3})
    await made.mine(made.token.mint(ALICE, 5))
    assert (await made.refusal(made.join(ALICE))).reason == "gate"
    await made.mine()
    await made.mine()
    await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    assert await made.people() == [("in", ALICE), ("out", ALICE)]


async def test_right_sold_below_the_head_is_not_given() -> None:
    made = await club({"any": [(await world()).leaf()], "finality": 3})
    await made.mine()
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    assert (await made.refusal(made.join(ALICE))).reason == "gate"


async def test_two_chains_one_halted() -> None:
    made = await world(chains=2)
    from parlour.testing.simtoken import SimToken

    other = SimToken(made.sims[1338], address="0x" + "71" * 20)
    leaf = {"chain": 1338, "token": "0x" + "71" * 20, "standard": "erc20"}
    await made.room({"any": [made.leaf(), leaf]}, "either")
    await made.room({"all": [made.leaf(), leaf]}, "both")
    await made.mine(made.token.mint(ALICE, 1))
    made.sims[1338].mine([other.mint(ALICE, 1)])
    await made.catch_up()
    made.chains.chain(1338).follower.state = "halted"
    await made.join(ALICE, "either")
    assert isinstance(await made.refusal(made.join(ALICE, "both")), Unavailable)
    assert isinstance(await made.refusal(made.join(BOB, "both")), Forbidden)
    assert isinstance(await made.refusal(made.join(BOB, "either")), Unavailable)


async def test_private_room_with_a_gate_admits_who_passes_and_hides_from_others() -> None:
    made = await world()
    await made.mine(made.token.mint(ALICE, 5))
    await made.room(made.leaf(), visibility="private")
    await made.join(ALICE)
    assert isinstance(await made.refusal(made.join(BOB)), NoSuchRoom)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    assert isinstance(await made.refusal(made.join(ALICE)), NoSuchRoom)


async def test_gate_gives_the_role_it_says_and_leaves_it() -> None:
    made = await club({**(await world()).leaf(), "grants": "member"})
    await made.join(ALICE)
    assert [body["role"] for body in await made.entries("member.role")] == ["member"]
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    host = made.process.registry.find("club")
    assert host is not None
    assert host.live.room.access.roles == {ALICE: "member"}


async def test_moderator_does_not_pass_by_the_role() -> None:
    made = await club()
    await made.ask(commands.Moderate(author=OWNER, action="role", account=BOB, role="moderator"))
    assert (await made.refusal(made.join(BOB))).reason == "gate"


async def test_reason_of_the_gate_is_nobody_elses() -> None:
    made = await club()
    await made.join(ALICE)
    kick = commands.Moderate(author=OWNER, action="kick", account=ALICE, reason="gate")
    assert (await made.refusal(made.ask(kick))).code == "invalid"


async def test_new_gate_keeps_who_passes_it_and_puts_out_the_others() -> None:
    made = await club()
    await made.mine(made.token.mint(BOB, 1))
    alice, bob = await made.join(ALICE), await made.join(BOB)
    answer = await made.configure(made.leaf(min="5"))
    assert answer["room"]["gate"] == made.leaf(min="5")
    assert (removed(alice), removed(bob)) == ([], ["gate"])
    assert await made.people() == [("in", ALICE), ("in", BOB), ("in", ALICE)]


async def test_gate_that_is_removed_lets_everybody_in() -> None:
    made = await club()
    answer = await made.configure(None)
    assert "gate" not in answer["room"]
    await made.join(BOB)
    assert await made.people() == []


async def test_gate_on_no_contract_is_refused() -> None:
    made = await world()
    gate = {"chain": 1337, "token": "0x" + "99" * 20, "standard": "erc20"}
    assert (await made.refusal(made.room(gate))).reason == "no_contract"
    assert (await made.refusal(made.room({**gate, "chain": 5}))).reason == "chain"


@pytest.mark.parametrize(
    "lie",
    [
        lambda block, data: b"",
        lambda block, data: (2**256 - 1).to_bytes(32),
        lambda block, data: b"\x01" * 200_000,
        lambda block, data: b"\x01",
    ],
)
async def test_token_that_answers_nonsense_grants_nothing(lie: Any) -> None:
    made = await club()
    await made.join(ALICE)
    made.token.answer = lie
    await made.mine()
    refusal = await made.refusal(made.join(BOB))
    assert (type(refusal), refusal.reason) == (Unavailable, "gate")
    await made.mine(made.token.mint(CAROL, 1))
    await made.ask(message(ALICE, "still here"))


async def test_crowd_at_the_gate_shares_calls() -> None:
    made = await club()
    people = [f"0x{n:040x}" for n in range(1, 101)]
    await made.mine(*(made.token.mint(each, 1) for each in people))
    before = len(made.multicall.calls)
    await asyncio.gather(*(made.join(each) for each in people))
    calls = made.multicall.calls[before:]
    assert sum(calls) == 100
    assert len(calls) < 20
    assert len(await made.people()) == 100


async def test_chain_without_batch_contract_is_asked_by_batches() -> None:
    made = await world()
    del made.sim.contracts["0xca11bde05977b3631167028862be2a173976ca11"]
    await made.mine(made.token.mint(ALICE, 5))
    await made.room(made.leaf())
    await made.join(ALICE)
    await made.mine(made.token.transfer(ALICE, BOB, 5))
    assert await made.people() == [("in", ALICE), ("out", ALICE)]
