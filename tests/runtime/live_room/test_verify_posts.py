"""Signed posts in live rooms: who may sign, where and until when, and what the log then proves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from parlour.adapters.socket.posts import parse_post
from parlour.core.games.room import GameRoom
from parlour.core.identity import siwe
from parlour.core.log.signed_posts import digest_of
from parlour.core.proof.authors import check_authors, read_delegation
from parlour.core.room import Entry, Join, Post, Seen
from parlour.errors import ParlourError
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.identity.session_keys import HOUR_MS
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from tests.bounds import sign_in_rules
from tests.runtime.kit import OWNER, Process
from tests.wallets import SolanaWallet, Wallet, message_for, solana_text

APP, CONTRACT = "https://app.example", Wallet().address
KINDS = {"tic-tac-toe": GameRoom.of(TicTacToe)}
SIGNATURE = "forbidden", "signature"
SCOPE = ("forbidden", "scope")


class Contracts:
    """A chain whose contracts accept everything."""

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        return "eip1271"

    async def block(self, chain: int) -> str:
        return "0x" + "b1" * 32


class ContractWallet(Wallet):
    """The contract's owner: what it signs is said to be the contract's."""

    @property
    def address(self) -> str:
        return CONTRACT


@dataclass
class Signed:
    """One process with a sign-in desk; keys sign for the accounts that delegated to them."""

    process: Process = field(default_factory=lambda: Process(kinds=KINDS))
    sessions: MemorySessionStore = field(default_factory=MemorySessionStore)

    def __post_init__(self) -> None:
        self.desk = self.another_desk()
        self.process.context.delegated = self.desk.delegated
        self.posted = 0

    def another_desk(self) -> SignIn:
        rules = sign_in_rules(origins=(APP,), chains=(1,))
        return SignIn(self.sessions, self.process.clock, rules, Contracts())

    async def delegate(
        self, wallet: Any, key: Wallet, room: str | None = None, desk: SignIn | None = None, **changes: Any
    ) -> tuple[str, Session]:
        desk = desk or self.desk
        answer = await desk.nonce(APP, key.address, room)
        urn = f"urn:parlour:session-key:{key.address}" + (f"?room={room}" if room else "")
        changes = {"resources": (urn,), **changes}
        if isinstance(wallet, SolanaWallet):
            text = solana_text(answer, wallet.address, **changes)
        else:
            text = siwe.build(message_for(answer, wallet.address, **changes))
        return await desk.verify(text, wallet.sign(text), APP)

    def post(self, author: str, signer: Wallet, room: str = "hall", **changes: Any) -> Post:
        self.posted += 1
        post = Post(author=author, id=f"p{self.posted}", type="chat.message", body={"text": "gm"}, salt=bytes(16))
        post = replace(post, **changes)
        host = self.process.registry.find(room)
        assert host is not None, "somebody is in the room"
        record = host.record
        post.sig = "0x" + signer.sign_digest(digest_of(post, record.id, record.epoch)).hex()
        return post

    async def outcome(self, post: Post, room: str = "hall") -> Any:
        try:
            await self.process.ask(post, room)
        except ParlourError as refusal:
            return refusal.code, refusal.reason
        return "stored"

    async def open(self, room: str = "hall", kind: str = "chat", **settings: Any) -> None:
        await self.process.create(room, kind, signed=True, **settings)
        await self.process.connected(OWNER, room, as_="spectator")


@pytest.fixture
async def signed() -> Signed:
    made = Signed()
    await made.open()
    return made


ANN, KEY = Wallet(), Wallet()


async def test_signer_is_accepted_when_it_is_the_wallet_or_a_delegated_key(signed: Signed) -> None:
    assert await signed.outcome(signed.post(ANN.address, ANN)) == "stored"
    assert await signed.outcome(signed.post(ANN.address, KEY)) == SIGNATURE
    await signed.delegate(ANN, KEY)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"
    assert await signed.outcome(signed.post(Wallet().address, KEY)) == SIGNATURE


async def test_solana_and_contract_accounts_sign_by_session_key_alone(signed: Signed) -> None:
    solana, owner = SolanaWallet(), Wallet()
    _, session = await signed.delegate(solana, KEY)
    assert await signed.outcome(signed.post(session.account, KEY)) == "stored"
    contract = ContractWallet(owner.key)
    _, session = await signed.delegate(contract, KEY)
    assert session.account == f"eip155:1:{CONTRACT}"
    assert await signed.outcome(signed.post(session.account, KEY)) == "stored"
    assert await signed.outcome(signed.post(session.account, owner)) == SIGNATURE
    found = check_authors(
        await log(signed), await delegations(signed, session.account, f"solana:mainnet:{solana.address}")
    )
    assert (found.checked, found.faults, found.needs_rpc) == (2, [], [3])
    assert (await signed.desk.delegations(session.account))[0]["blockHash"] == "0x" + "b1" * 32


async def log(signed: Signed, room: str = "hall") -> list[Entry]:
    return await signed.process.log(room)


async def delegations(signed: Signed, *accounts: str) -> list[Any]:
    return [read_delegation(line) for account in accounts for line in await signed.desk.delegations(account)]


@pytest.mark.parametrize(
    ("expiration", "last"),
    [(None, 24 * HOUR_MS), (HOUR_MS, HOUR_MS)],
    ids=["the statement's end", "the message's end"],
)
async def test_session_key_ends_at_its_time(signed: Signed, expiration: int | None, last: int) -> None:
    now = signed.process.clock.now()
    ends = {} if expiration is None else {"expiration_time": siwe.rfc3339(now + expiration)}
    _, session = await signed.delegate(ANN, KEY, **ends)
    until = session.key_until or 0
    assert now + last - 60_000 <= until <= now + last
    await signed.process.clock.advance((until - 1 - signed.process.clock.now()) / 1000)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"
    await signed.process.clock.advance(0.002)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == SIGNATURE


async def test_session_key_ends_with_its_session_in_every_process(signed: Signed) -> None:
    elsewhere = signed.another_desk()
    token, _ = await signed.delegate(ANN, KEY, desk=elsewhere)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"
    await elsewhere.sign_out(token)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == SIGNATURE
    token, session = await signed.delegate(ANN, KEY)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"
    await signed.desk.revoke(ANN.address, session.id)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == SIGNATURE


async def test_refreshed_session_keeps_its_key(signed: Signed) -> None:
    token, _ = await signed.delegate(ANN, KEY)
    await signed.desk.refresh(token)
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"


@pytest.mark.parametrize("first", [0, 1])
async def test_key_of_two_sessions_after_a_restart_is_found(signed: Signed, first: int) -> None:
    """The page comes back with the token of the one; the other still holds."""
    await signed.open("den")
    elsewhere = signed.another_desk()
    tokens = [(await signed.delegate(ANN, KEY, room, desk=elsewhere))[0] for room in ("hall", "den")]
    assert await signed.desk.authenticate(tokens[first]) is not None
    for room in ("hall", "den"):
        assert await signed.outcome(signed.post(ANN.address, KEY, room), room) == "stored"
    await elsewhere.sign_out(tokens[1 - first])
    assert await signed.outcome(signed.post(ANN.address, KEY, ["den", "hall"][first]), ["den", "hall"][first]) == SCOPE


async def test_key_at_a_staked_table_must_be_for_that_room(signed: Signed) -> None:
    stake = {"stake": {"chain": 1, "address": CONTRACT}}
    await signed.open("duel", "tic-tac-toe", options=stake)
    for account in (ANN.address, Wallet().address):
        await signed.process.ask(Join(author=account), "duel")
    for_all, for_duel, for_other = Wallet(), Wallet(), Wallet()
    await signed.delegate(ANN, for_all)
    await signed.delegate(ANN, for_duel, "duel")
    await signed.delegate(ANN, for_other, "hall")
    head = (await log(signed, "duel"))[-1]
    action = {"type": "game.action", "body": {"action": "place", "args": {"cell": 4}}}
    move = {**action, "seen": Seen(head.seq, head.hash)}
    assert await signed.outcome(signed.post(ANN.address, for_all, "duel", **move), "duel") == ("forbidden", "scope")
    assert await signed.outcome(signed.post(ANN.address, for_other, "duel", **move), "duel") == ("forbidden", "scope")
    for signer in (for_duel, ANN):
        assert await signed.outcome(signed.post(ANN.address, signer, "duel", **move), "duel") == (
            "illegal",
            "not_staked",
        )


async def test_seen_head_is_looked_up_however_old(signed: Signed) -> None:
    for _ in range(30):
        assert await signed.outcome(signed.post(ANN.address, ANN)) == "stored"
    whole = await log(signed)
    host = signed.process.registry.find("hall")
    assert host is not None
    assert host.live.journal.tail.get(2) is None, "it has to be read from the store"
    for entry in (whole[1], whole[-1]):
        right, wrong = Seen(entry.seq, entry.hash), Seen(entry.seq, whole[0].hash)
        assert await signed.outcome(signed.post(ANN.address, ANN, seen=right)) == "stored"
        assert await signed.outcome(signed.post(ANN.address, ANN, seen=wrong)) == ("conflict", "seen")
    found = check_authors(await log(signed), [], signed=True)
    assert (found.checked, found.faults) == (32, [])


async def test_log_without_its_beginning_is_checked_from_its_floor(signed: Signed) -> None:
    created = (await log(signed))[0]
    for seen in (Seen(1, created.hash), None):
        assert await signed.outcome(signed.post(ANN.address, ANN, seen=seen)) == "stored"
    _, second, third = await log(signed)
    kept = [replace(entry, seq=entry.seq + 10) for entry in (second, third)]
    assert check_authors(kept, []).faults == []
    lying = replace(kept[1], seen=Seen(12, created.hash))
    assert [fault.problem for fault in check_authors([kept[0], lying], []).faults] == ["signature"]
    assert [fault.problem for fault in check_authors([second, third], [], hashes={1: bytes(32)}).faults] == ["seen"]


async def test_signature_in_a_batch_proves_its_own_post_only(signed: Signed) -> None:
    await signed.delegate(ANN, KEY)
    await signed.delegate(ANN, for_den := Wallet(), "den")
    posts = [signed.post(ANN.address, signer) for signer in (KEY, Wallet(), for_den, ANN, Wallet(), KEY)]
    answers = [signed.process.submit(post) for post in posts]
    assert await signed.outcome(signed.post(ANN.address, ANN)) == "stored"
    told = [getattr(answer[0], "reason", "stored") for answer in answers]
    assert told == ["stored", "signature", "scope", "stored", "signature", "stored"]


async def test_signed_bytes_are_stored_unchanged(signed: Signed) -> None:
    """Made once, where the post comes in, and hashed for the signature, for a retry and for the log."""
    sent = signed.post(ANN.address, ANN)
    request = {"room": "hall", "id": sent.id, "type": sent.type, "body": sent.body, "sig": sent.sig}
    post = parse_post({**request, "salt": "0x" + "00" * 16})
    post.author = ANN.address
    assert await signed.outcome(post) == "stored"
    host = signed.process.registry.find("hall")
    assert host is not None
    kept = host.live.journal.tail.get(host.record.head)
    assert kept is not None
    assert kept.raw == post.raw


async def test_batch_asks_the_store_once_for_each_author(signed: Signed) -> None:
    asked: list[int] = []
    by_keys = signed.sessions.by_keys

    async def counted(account: str, addresses: Any) -> list[Session]:
        asked.append(len(addresses))
        return await by_keys(account, addresses)

    signed.sessions.by_keys = counted  # type: ignore[method-assign]
    process = signed.process
    answers = [process.submit(signed.post(ANN.address, Wallet())) for _ in range(6)]
    assert await signed.outcome(signed.post(ANN.address, ANN)) == "stored"
    assert [answer[0].reason for answer in answers] == ["signature"] * 6
    assert sum(asked) == 6
    assert len(asked) <= 2


def statement_of(text: str) -> str:
    return siwe.parse(text).statement or ""


# ── the verdict ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_log_is_checked_against_the_wallets_message(signed: Signed) -> None:
    await signed.delegate(ANN, KEY, "hall")
    assert await signed.outcome(signed.post(ANN.address, KEY)) == "stored"
    whole, given = await log(signed), (await signed.desk.delegations(ANN.address))[0]
    last = whole[-1].seq

    def faults(line: dict[str, Any] | None = given, entries: list[Entry] | None = None) -> list[tuple[int, str]]:
        read = [] if line is None else [read_delegation(line)]
        found = check_authors(entries or whole, read, signed=True)
        return [(fault.seq, fault.problem) for fault in found.faults]

    assert faults() == []
    assert faults(None) == [(last, "signature")]
    assert faults({**given, "revokedAt": given["from"] - 5_000}) == [(last, "signature")]
    for name, value, problem in [
        ("at", given["until"], "signature"),
        ("at", given["from"] - 60_000, "signature"),
        ("author", Wallet().address, "signature"),
        ("body_hash", bytes(32), "signature"),
        ("epoch", "other", "signature"),
        ("sig", None, "unsigned"),
        ("seen", Seen(1, bytes(32)), "signature"),
    ]:
        assert faults(entries=[*whole[:-1], replace(whole[-1], **{name: value})]) == [(last, problem)], name
    another = f"Sign in. Until 2099-01-01 00:00 UTC the session key {ANN.address} may sign for this account."
    for statement in (another, "Sign in."):
        text = given["message"].replace(statement_of(given["message"]), statement)
        with pytest.raises(ParlourError, match="statement"):
            faults({**given, "message": text, "signature": ANN.sign(text)})
    for lie in (
        {"account": Wallet().address},
        {"sessionKey": Wallet().address},
        {"until": given["until"] + 60_000},
        {"signature": "0x" + "11" * 64 + "1b"},
        {"message": given["message"].replace("the room hall", "the room hill")},
        {"message": given["message"].replace("?room=hall", "")},
    ):
        with pytest.raises(ParlourError):
            faults({**given, **lie})
