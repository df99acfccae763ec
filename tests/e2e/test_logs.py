"""What nobody may find in a log at its most talkative: tokens, signatures, nonces, keys of APIs and RPC providers."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
import socketio

from parlour.runtime.identity.api_keys import PREFIX
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, sign_in, siwe_text, verify, wallet
from tests.anvil import anvil
from tests.e2e.stock import PythonClient
from tests.forked import parlour
from tests.signing import Signable, high_s, key

RPC_KEY = "s3cr3tRpcKey0123456789"


async def test_no_log_line_holds_a_secret() -> None:
    secrets: dict[str, str] = {"the RPC key": RPC_KEY}
    env = {"PARLOUR_LOG_LEVEL": "debug", "PARLOUR_ACCESS_LOG": "true", "PARLOUR_GUESTS": "on"}
    async with (
        anvil() as chain,
        ServerProcess(env=env, chains=[chain_of(chain.url)]) as server,
        aiohttp.ClientSession() as http,
    ):
        secrets["the API key"] = await minted(server)
        await sign_in_every_way(http, server.url, secrets)
        await post_every_way(http, server, secrets)
        bearer = {"Authorization": f"Bearer {secrets['the API key']}"}
        async with http.get(f"{server.url}/api/rooms", headers=bearer) as answer:
            assert answer.status == 200
        async with http.get(f"{server.url}/auth/session?token={secrets['a token']}") as answer:
            assert answer.status == 401
        await server.stop()
        said = server.log()
    assert "sign_in.opened" in said
    assert "/auth/verify" in said, "the access log is on"
    for what, secret in secrets.items():
        assert secret not in said, what


def chain_of(url: str) -> dict[str, Any]:
    """One endpoint that answers and two that do not, each with a key in its address."""
    dead = [f"http://127.0.0.1:9/v2/{RPC_KEY}", f"http://user:{RPC_KEY}@127.0.0.1:9/"]
    return {"chainId": 31337, "urls": [*dead, f"{url}/?key={RPC_KEY}"]}


async def minted(server: ServerProcess) -> str:
    words = ["token", "mint", "backend", "--scope", "rooms:read", "--database-url", server.database_url]
    _, out, _ = await parlour(*words)
    return next(word for word in out.split() if word.startswith(PREFIX))


async def sign_in_every_way(http: aiohttp.ClientSession, url: str, secrets: dict[str, str]) -> None:
    ann, session_key = wallet("ann"), key("for the log")
    secrets["the session key"] = bytes(session_key.key).hex()
    challenge = await ask_nonce(http, url)
    text = siwe_text(challenge, ann.address)
    secrets |= {"a used nonce": challenge["nonce"], "a signature": sign(ann, text)[2:]}
    secrets["the first token"] = (await verify(http, url, text, sign(ann, text)))["token"]
    for refused in (sign(wallet("ben"), text), high_s(sign(ann, text)), "0x" + "ab" * 300, "0x"):
        challenge = await ask_nonce(http, url)
        contract = siwe_text(challenge, ann.address, chainId=31337)
        secrets[f"refused {refused[:8]}"] = refused[2:] or challenge["nonce"]
        with pytest.raises(SignInFailed):
            await verify(http, url, contract, refused)
    session = await sign_in(http, url, ann, session_key=session_key.address)
    bearer = {"Authorization": f"Bearer {session['token']}"}
    async with http.post(f"{url}/auth/refresh", headers=bearer) as answer:
        secrets |= {"an old token": session["token"], "a token": (await answer.json())["token"]}


async def post_every_way(http: aiohttp.ClientSession, server: ServerProcess, secrets: dict[str, str]) -> None:
    async with PythonClient(["websocket"]) as client:
        await client.connect(server.url, secrets["a token"])
        assert (await client.ask("room:create", {"kind": "chat", "id": "hall", "signed": True}))["ok"]
        joined: dict[str, Any] = await client.ask("room:join", {"room": "hall"})
        seen = (joined["head"], joined["hash"])
        good = Signable("hall", joined["epoch"], "a", "chat.message", {"text": "gm"}, seen, salt=b"\x5a\xa5" * 8)
        secrets |= {"a post's signature": good.sign(key("for the log"))[2:], "a salt": good.salt.hex()}
        for request in (
            good.request(key("nobody")),
            good.request(key("for the log"), sig="0x12"),
            good.but(seen=(99, seen[1])).request(key("for the log")),
            good.request(key("for the log")),
        ):
            await client.ask("room:post", request)
        assert (await client.ask("room:invite", {"room": "hall"}))["ok"]
        secrets["an invitation"] = (await client.ask("room:invite", {"room": "hall"}))["invite"]
        await client.ask("room:join", {"room": "hall", "invite": secrets["an invitation"]})
        async with http.get(f"{server.url}/api/rooms/hall/transcript") as answer:
            assert secrets["a post's signature"] in await answer.text()
    async with PythonClient(["polling"]) as client:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(server.url, "a-token-nobody-has")
        secrets["a wrong token"] = "a-token-nobody-has"
