"""Keys of a DApp's backend: shown once, narrowed by scopes, refused once they are over."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from parlour.runtime.identity.api_keys import PREFIX, SCOPES, ApiKeys, MemoryApiKeyStore
from tests.runtime.identity.desk import HandClock

DAY_MS = 86_400_000


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store() -> MemoryApiKeyStore:
    return MemoryApiKeyStore()


@pytest.fixture
def keys(store: MemoryApiKeyStore, clock: HandClock) -> ApiKeys:
    return ApiKeys(store, clock)


async def test_api_key_is_found_by_its_text_which_is_not_stored(keys: ApiKeys, store: MemoryApiKeyStore) -> None:
    text, key = await keys.mint("backend", ["entries:post", "rooms:read", "rooms:read"])
    assert text.startswith(PREFIX)
    assert await keys.authenticate(text) == key
    assert key.account == "app:backend"
    assert key.scopes == ("entries:post", "rooms:read")
    assert text not in repr(vars(store)) + repr(key)


async def test_api_key_may_do_what_its_scopes_say(keys: ApiKeys) -> None:
    _, key = await keys.mint("backend", ["rooms:read"])
    key.require("rooms:read")
    with pytest.raises(Forbidden):
        key.require("entries:post")


@pytest.mark.parametrize("text", ["", PREFIX, "parlour_wrong", "Bearer x", "wrong"])
async def test_other_text_is_no_api_key(keys: ApiKeys, text: str) -> None:
    await keys.mint("backend", SCOPES)
    with pytest.raises(Unauthorized):
        await keys.authenticate(text)


async def test_api_key_ends_after_its_days(keys: ApiKeys, clock: HandClock) -> None:
    text, key = await keys.mint("backend", SCOPES, days=2)
    clock.ms += 2 * DAY_MS - 1
    assert await keys.authenticate(text) == key
    clock.ms += 1
    with pytest.raises(Unauthorized):
        await keys.authenticate(text)


async def test_api_key_when_revoked_is_refused_everywhere_within_a_second(
    keys: ApiKeys, store: MemoryApiKeyStore, clock: HandClock
) -> None:
    there = ApiKeys(store, clock)
    text, _ = await keys.mint("backend", SCOPES)
    await keys.authenticate(text)
    await there.authenticate(text)
    await keys.revoke("backend")
    with pytest.raises(Unauthorized):
        await keys.authenticate(text)
    clock.ms += 1000
    with pytest.raises(Unauthorized):
        await there.authenticate(text)
    with pytest.raises(NotFound):
        await keys.revoke("backend")
    assert [key.revoked_at is not None for key in await keys.list()] == [True]


async def test_api_key_name_is_used_once(keys: ApiKeys) -> None:
    await keys.mint("backend", SCOPES)
    await keys.revoke("backend")
    with pytest.raises(Conflict):
        await keys.mint("backend", SCOPES)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("", SCOPES),
        ("Backend", SCOPES),
        ("a b", SCOPES),
        ("-a", SCOPES),
        ("a" * 64, SCOPES),
        ("a\n", SCOPES),
        ("backend", []),
        ("backend", ["everything"]),
    ],
)
async def test_api_key_needs_a_name_and_scopes(keys: ApiKeys, name: str, scopes: Any) -> None:
    with pytest.raises(Invalid):
        await keys.mint(name, scopes)


async def test_api_key_without_an_end_stays_valid(store: MemoryApiKeyStore) -> None:
    class Hasty(HandClock):
        def now(self) -> int:
            self.ms += 1
            return self.ms

    keys = ApiKeys(store, Hasty())
    text, key = await keys.mint("shop", ["rooms:read"])
    assert (await keys.authenticate(text)).name == key.name
