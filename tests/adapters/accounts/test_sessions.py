"""The contract of `SessionStore` and `ApiKeyStore`, for every family there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import cache

import pytest
from sqlalchemy import Connection, delete

from parlour.adapters.accounts.sessions import SqlApiKeyStore, SqlSessionStore
from parlour.adapters.sql import tables_auth
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.identity import siwe
from parlour.errors import SignInRefused
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.api_keys import ApiKey, ApiKeyStore, MemoryApiKeyStore
from parlour.runtime.identity.session_store import Change, Nonce, Session, SessionStore, hash_token
from parlour.runtime.identity.session_store_memory import KEPT_AFTER_END_MS, MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from tests.bounds import sign_in_rules
from tests.wallets import Wallet, message_for

ALICE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
NOW = 1_700_000_000_000
TOKEN, OTHER_TOKEN = hash_token("token"), hash_token("other")

Opened = tuple[SessionStore, ApiKeyStore]
Open = Callable[[], Awaitable[Opened]]


@pytest.fixture(scope="module")
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The URL of one migrated database per kind, for the whole module."""

    @cache
    def url(kind: str) -> str:
        if kind == "postgres":
            found = str(request.getfixturevalue("postgres").database())
        else:
            found = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('auth')}/parlour.db"
        asyncio.run(upgrade(found))
        return found

    return url


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def open_again(request: pytest.FixtureRequest, migrated: Callable[[str], str]) -> AsyncIterator[Open]:
    """Opens other stores over the same rows, as a second process would."""
    memory = MemorySessionStore(), MemoryApiKeyStore()
    opened: list[SqlStore] = []
    url = await asyncio.to_thread(migrated, request.param) if request.param != "memory" else ""

    async def again() -> Opened:
        if request.param == "memory":
            return memory
        opened.append(await open_store(url))
        writer, reader = opened[-1].writer, opened[-1].reader
        return SqlSessionStore(writer, reader), SqlApiKeyStore(writer, reader)

    yield again
    for each in opened[:1]:
        await each.writer.write(_empty)
    for each in opened:
        await each.close()


def _empty(connection: Connection) -> None:
    for table in (tables_auth.nonce, tables_auth.session, tables_auth.api_key):
        connection.execute(delete(table))


@pytest.fixture
async def store(open_again: Open) -> SessionStore:
    return (await open_again())[0]


@pytest.fixture
async def keys(open_again: Open) -> ApiKeyStore:
    return (await open_again())[1]


def nonce(value: str = "abcdef0123456789", *, expires_at: int = NOW + 300_000) -> Nonce:
    return Nonce(value, "https://app.example", expires_at, "Sign in.", BOB, "room-1", NOW + 1)


def session(id: str = "s1", *, account: str = ALICE, created_at: int = NOW, key: str | None = None) -> Session:
    return Session(
        id=id,
        account=account,
        address=account,
        chain_id=1,
        method="eip191",
        created_at=created_at,
        expires_at=created_at + 1000,
        limit_at=created_at + 5000,
        session_key=key,
        key_room="room-1" if key else None,
        key_until=created_at + 900 if key else None,
        changed_at=created_at,
        message="text",
        signature="0x00",
        device="browser",
    )


async def opened(store: SessionStore, session: Session, token: bytes = TOKEN) -> None:
    value = f"nonce{session.id}"
    assert await store.add_nonce(nonce(value), NOW, 100)
    assert await store.open(value, session, token)


# ── nonces ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nonce_when_read_is_not_consumed(store: SessionStore) -> None:
    await store.add_nonce(nonce(), NOW, 10)
    assert await store.nonce(nonce().value) == await store.nonce(nonce().value) == nonce()
    assert await store.nonce("unknown00") is None


async def test_nonce_opens_one_session(store: SessionStore) -> None:
    await store.add_nonce(nonce(), NOW, 10)
    assert await store.open(nonce().value, session("s1"), TOKEN)
    assert not await store.open(nonce().value, session("s2"), OTHER_TOKEN)
    assert await store.nonce(nonce().value) is None
    assert await store.by_token(OTHER_TOKEN) is None


async def test_nonce_when_two_processes_use_it_opens_one_session(open_again: Open) -> None:
    (here, _), (there, _) = await open_again(), await open_again()
    await here.add_nonce(nonce(), NOW, 10)
    tries = [
        (here if i % 2 else there).open(nonce().value, session(f"s{i}"), hash_token(f"token{i}")) for i in range(40)
    ]
    assert sum(await asyncio.gather(*tries)) == 1
    assert len(await here.live(ALICE, NOW)) == 1


async def test_nonces_when_at_the_cap_are_refused_until_some_expire(store: SessionStore) -> None:
    taken = [await store.add_nonce(nonce(f"nonce000{i}"), NOW, 3) for i in range(5)]
    assert taken == [True, True, True, False, False]
    assert await store.add_nonce(nonce("nonce0009"), NOW + 300_000, 3)


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_session_when_stored_is_read_back_equal(store: SessionStore) -> None:
    await opened(store, session(key=BOB))
    assert await store.by_token(TOKEN) == await store.by_id("s1") == session(key=BOB)
    assert await store.by_id("s2") is None


async def test_solana_session_keeps_its_cluster(store: SessionStore) -> None:
    of_solana = replace(session(), method="solana", chain_id="mainnet")
    await opened(store, of_solana)
    assert await store.by_id("s1") == of_solana


async def test_rotation_replaces_the_token_once(store: SessionStore) -> None:
    await opened(store, session())
    assert await store.rotate("s1", TOKEN, OTHER_TOKEN, NOW + 2000, NOW + 10)
    assert not await store.rotate("s1", TOKEN, hash_token("third"), NOW + 2000, NOW + 10)
    assert await store.by_token(TOKEN) is None
    found = await store.by_token(OTHER_TOKEN)
    assert found is not None
    assert (found.expires_at, found.changed_at) == (NOW + 2000, NOW + 10)
    assert not await store.rotate("s1", OTHER_TOKEN, TOKEN, NOW + 9000, NOW + 2000), "it has expired"


async def test_session_when_ended_stays_ended(store: SessionStore) -> None:
    await opened(store, session())
    assert await store.end("s1", "revoked", NOW + 5)
    assert not await store.end("s1", "signed_out", NOW + 6)
    assert not await store.end("unknown", "revoked", NOW + 5)
    assert not await store.rotate("s1", TOKEN, OTHER_TOKEN, NOW + 2000, NOW + 10)
    found = await store.by_token(TOKEN)
    assert found is not None
    assert (found.ended_at, found.ended_by) == (NOW + 5, "revoked")


async def test_live_sessions_are_listed_newest_first(store: SessionStore) -> None:
    for i, one in enumerate([session("a"), session("b", created_at=NOW + 5), session("c"), session("d", account=BOB)]):
        await opened(store, one, hash_token(str(i)))
    await store.end("c", "revoked", NOW)
    assert [one.id for one in await store.live(ALICE, NOW)] == ["b", "a"]
    assert [one.id for one in await store.live(ALICE, NOW + 1000)] == ["b"]


async def test_changes_within_one_millisecond_or_by_a_slow_clock_are_seen(store: SessionStore) -> None:
    await opened(store, session("same"), hash_token("1"))
    await opened(store, session("untouched"), hash_token("2"))
    assert await store.changed(NOW) == []
    await store.end("same", "revoked", NOW - 10)
    assert await store.changed(NOW) == [Change("same", NOW + 1, "revoked")]


async def test_session_is_found_by_the_key_it_delegated_to(store: SessionStore) -> None:
    for name, key in (("plain", None), ("one", "0x1"), ("two", "0x2"), ("again", "0x2")):
        await opened(store, replace(session(name, key=key), block_hash="0xb" if key else None), hash_token(name))
    assert {one.id for one in await store.by_keys(ALICE, ["0x2", "0x3"])} == {"two", "again"}
    assert {one.block_hash for one in await store.by_keys(ALICE, ["0x1", "0x2"])} == {"0xb"}
    assert await store.by_keys(ALICE, ["0x3"]) == await store.by_keys(BOB, ["0x1"]) == []


async def test_delegation_when_its_session_ended_is_kept(store: SessionStore) -> None:
    await opened(store, session("plain"), hash_token("1"))
    await opened(store, session("key", key=BOB), hash_token("2"))
    await store.end("plain", "signed_out", NOW)
    await store.end("key", "signed_out", NOW)
    await store.sweep(NOW + KEPT_AFTER_END_MS + 10_000)
    assert await store.by_id("plain") is None
    assert [one.id for one in await store.delegations(ALICE)] == ["key"]


# ── API keys ─────────────────────────────────────────────────────────────────────────────────────────────────────

KEY = ApiKey("id1", "backend", ("entries:post", "rooms:read"), NOW, NOW + 1000)


async def test_api_key_is_found_by_its_hash(keys: ApiKeyStore) -> None:
    assert await keys.add(KEY, TOKEN)
    assert await keys.by_hash(TOKEN) == KEY
    assert await keys.by_hash(OTHER_TOKEN) is None


async def test_api_key_name_when_revoked_stays_used(keys: ApiKeyStore) -> None:
    await keys.add(KEY, TOKEN)
    assert await keys.revoke("backend", NOW + 5)
    assert not await keys.revoke("backend", NOW + 6)
    assert not await keys.add(replace(KEY, id="id2"), OTHER_TOKEN)
    assert await keys.all() == [replace(KEY, revoked_at=NOW + 5)]


# ── two processes, one message ───────────────────────────────────────────────────────────────────────────────────


async def race(open_again: Open, rounds: int) -> None:
    clock, rules = SystemClock(), sign_in_rules(origins=("https://app.example",))
    desks = [SignIn((await open_again())[0], clock, rules) for _ in range(2)]
    for _ in range(rounds):
        wallet = Wallet()
        text = siwe.build(message_for(await desks[0].nonce(None), wallet.address))
        signature = wallet.sign(text)
        tries = (desks[i % 2].verify(text, signature, None) for i in range(100))
        answers = await asyncio.gather(*tries, return_exceptions=True)
        refused = [answer.code for answer in answers if isinstance(answer, SignInRefused)]
        assert refused == ["nonce"] * 99
        assert len(await desks[1].sessions(wallet.address)) == 1


async def test_sign_in_with_one_message_a_hundred_times_succeeds_once(open_again: Open) -> None:
    await race(open_again, 3)


@pytest.mark.long
async def test_sign_in_race_for_one_message_repeated_has_one_winner_each(open_again: Open) -> None:
    await race(open_again, 100)
