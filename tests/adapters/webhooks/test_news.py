"""News of accounts and chains: written with what they tell of, kept in order, and posted by a whole server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from parlour.adapters.news import insert as writing
from parlour.adapters.news.insert import write_news
from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.webhooks.news_log import SqlNewsLog
from parlour.adapters.webhooks.places import SqlPlaces
from parlour.core.audit.record import AuditRecord
from parlour.core.webhooks.hook import NEWS
from parlour.runtime.chain.store import Step
from parlour.runtime.webhooks.places import Parked, Place
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.adapters.sql.test_chain import CHAIN, begun, cursor, header, name
from tests.adapters.webhooks.test_webhooks import SECRET, Receiver, receiver
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient
from tests.e2e.test_admin_rooms import Console

__all__ = ["receiver"]
BEA = wallet("bea").address


async def told(store: SqlStore) -> list[tuple[str, dict[str, Any]]]:
    found = await SqlNewsLog(store.reader).after(0, 100)
    return [(each["type"], {k: v for k, v in each["data"].items() if k != "at"}) for each in found]


async def test_chain_tells_of_its_halt_once_and_of_blocks_it_took_back(store: SqlStore) -> None:
    chain = SqlChainStore(store.writer, store.reader)
    fence = await begun(chain)
    await chain.halt(CHAIN, "")
    for reason in ("a fork below finality", "a fork below finality", ""):
        await chain.halt(CHAIN, reason)
    audit = AuditRecord("ann", "1", "chain.rewind", str(CHAIN), "it forked", "127.0.0.1", 0, answer={})
    step = Step(cursor(3, "b"), fence, (3, name(3)), undone=[name(3)], headers=[header(3, "b")])
    await chain.commit(step)
    await chain.commit(replace(step, cursor=cursor(3), expect=(3, name(3, "b")), undone=[name(3, "b")], audit=audit))
    first, second = ([name(3)], {"number": 3, "hash": name(3, "b")}), ([name(3, "b")], {"number": 3, "hash": name(3)})
    assert await told(store) == [
        ("chain.halted", {"chain": CHAIN, "reason": "a fork below finality"}),
        ("chain.resumed", {"chain": CHAIN}),
        ("chain.reorganised", {"chain": CHAIN, "undone": first[0], "blocks": 1, "now": first[1]}),
        ("chain.rewound", {"chain": CHAIN, "undone": second[0], "blocks": 1, "now": second[1]}),
    ]


async def test_news_of_a_change_that_fails_are_not_told(store: SqlStore) -> None:
    chain = SqlChainStore(store.writer, store.reader)
    fence = await begun(chain)
    stale = Step(cursor(3, "b"), fence, (2, name(2)), undone=[name(3)])
    await asyncio.gather(chain.commit(stale), return_exceptions=True)
    assert await told(store) == []


async def test_new_hook_stands_behind_the_news_before_it(store: SqlStore, places: SqlPlaces) -> None:
    await store.writer.write(lambda connection: write_news(connection, "account.created", {"account": "a"}))
    [old] = await SqlNewsLog(store.reader).after(0, 10)
    since = old["data"]["at"] + 1
    assert await places.hold("hook-1", "one", 1_000, since)
    assert await places.place("hook-1", NEWS) == Place(old["seq"])
    assert await places.park("hook-1", Parked(NEWS, old["seq"] + 1, since, "status 500"))
    assert await places.place("hook-1", NEWS) == Place(old["seq"] + 1)


async def test_old_news_go_and_their_numbers_are_not_used_again(store: SqlStore) -> None:
    await store.writer.write(lambda connection: write_news(connection, "account.created", {"account": "a"}))
    kept = writing.KEPT_MS
    await store.writer.write(lambda connection: connection.exec_driver_sql(f"UPDATE news SET at = at - {kept + 1}"))
    await store.writer.write(lambda connection: write_news(connection, "account.created", {"account": "b"}))
    [left] = await SqlNewsLog(store.reader).after(0, 10)
    assert (left["seq"], left["data"]["account"]) == (2, "b")


async def test_server_posts_news_of_accounts_over_a_kill(receiver: tuple[Receiver, str]) -> None:
    kept, url = receiver
    hooks = [{"url": url, "secret": SECRET, "types": ["account.*"]}]
    roles = {wallet("chief").address: "admin"}
    env = {"PARLOUR_WEBHOOKS": json.dumps(hooks), "PARLOUR_ROLES": json.dumps(roles)}
    async with ServerProcess(env=env) as server:
        chief, bea = await Console.of(server, "chief"), await Console.of(server, "bea")
        await Console.of(server, "bea")
        async with PythonClient() as client:
            await client.connect(server.url, bea.headers["Authorization"].removeprefix("Bearer "))
            await said(client, await made(client), "an entry is no news")
            await done(client, "account:profile", name="Planted Bea")
        kept.status = 503
        for act, body in (
            ("mute", {"until": None}),
            ("unmute", {}),
            ("ban", {}),
            ("unban", {}),
            ("role", {"role": "viewer"}),
        ):
            assert (await chief.act(f"people/{BEA}/{act}", **body))[0] == 200
        while not kept.asked:
            await asyncio.sleep(0.05)
        await server.kill9()
        kept.status = 200
        await server.restart()
        chief = await Console.of(server, "chief")
        assert (await chief.act(f"people/{BEA}/erase"))[0] == 200
        while "account.erased" not in str(kept.took[-1:]):
            await asyncio.sleep(0.05)
        [hook] = (await chief.see("webhooks"))["webhooks"]
        before = len(kept.took)
        assert (await chief.act(f"webhooks/{hook['name']}/replay", room=None, seq=2))[0] == 200
        while len(kept.took) < before + 7:
            await asyncio.sleep(0.05)
        assert (await chief.act(f"webhooks/{hook['name']}/retry", room=None, seq=2))[0] == 404
    bodies = [json.loads(raw) for _, raw in kept.took]
    assert {each["room"] for each in bodies} == {None}
    of_bea = {each["id"]: (each["type"], each["data"]) for each in bodies if each["data"]["account"] == BEA}
    assert [type_ for type_, _ in of_bea.values()] == [
        "account.created", "account.profile", "account.muted", "account.unmuted", "account.banned", "account.unbanned",
        "account.role", "account.erased",
    ]  # fmt: skip
    assert "Planted" not in str(bodies), "news hold no text of a person"
    assert [data["role"] for type_, data in of_bea.values() if type_ == "account.role"] == ["viewer"]
