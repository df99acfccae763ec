"""Bad sign-ins, tokens and guests: a coded error, and nothing is used up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, siwe_text, verify, wallet
from tests.e2e.bad_input import message, refusal, room_of
from tests.e2e.conftest import Enter
from tests.e2e.stock import PythonClient, heard, http_json


async def test_wrong_signature_is_refused_and_leaves_the_nonce_unused(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        challenge = await ask_nonce(http, server.url)
        text = siwe_text(challenge, wallet("ann").address)
        with pytest.raises(SignInFailed) as refused:
            await verify(http, server.url, text, sign(wallet("mallory"), text))
        assert (refused.value.status, refused.value.error["code"]) == (401, "signature")
        assert (await verify(http, server.url, text, sign(wallet("ann"), text)))["account"] == wallet("ann").address


async def test_nonce_works_once_and_under_any_race(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        challenge = await ask_nonce(http, server.url)
        text = siwe_text(challenge, wallet("ann").address)
        signature = sign(wallet("ann"), text)
        answers = await asyncio.gather(
            *(verify(http, server.url, text, signature) for _ in range(10)), return_exceptions=True
        )
        refusals = [answer for answer in answers if isinstance(answer, SignInFailed)]
        assert len(refusals) == 9
        assert {(refused.status, refused.error["code"]) for refused in refusals} == {(401, "nonce")}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"domain": "evil.example"}, "domain"),
        ({"uri": "https://evil.example"}, "uri"),
        ({"chainId": 424242}, "chain"),
        ({"nonce": "0" * 32}, "nonce"),
        ({"expirationTime": "2020-01-01T00:00:00Z"}, "expired"),
        ({"issuedAt": "2099-01-01T00:00:00Z"}, "not_yet_valid"),
        ({"version": "2"}, "malformed"),
    ],
)
async def test_rule_that_failed_is_the_code(server: ServerProcess, changed: dict[str, Any], code: str) -> None:
    async with aiohttp.ClientSession() as http:
        text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address, **changed)
        with pytest.raises(SignInFailed) as refused:
            await verify(http, server.url, text, sign(wallet("ann"), text))
        assert (refused.value.status, refused.value.error["code"]) == (401, code)


@pytest.mark.parametrize("body", ["{not json", "[]", '{"message": 1, "signature": true}', "", '{"message": "x"}'])
async def test_malformed_sign_in_is_a_json_error(server: ServerProcess, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    status, answer = await http_json("POST", f"{server.url}/auth/verify", data=body, headers=headers)
    assert (status, answer["error"]["code"]) == (401, "malformed")


async def test_oversized_sign_in_is_too_large(server: ServerProcess) -> None:
    body = json.dumps({"message": "x" * 300_000, "signature": "0x"})
    status, answer = await http_json("POST", f"{server.url}/auth/verify", data=body)
    assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_path_that_is_not_there_is_a_json_error(server: ServerProcess) -> None:
    status, answer = await http_json("GET", f"{server.url}/api/nothing-here")
    assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_bad_token_is_a_lasting_refusal(server: ServerProcess) -> None:
    client = PythonClient(["websocket"])
    with pytest.raises(Exception, match="failed to connect"):
        await client.connect(server.url, "no-such-token")
    [refused] = heard(client, "connect_error")
    assert refused["data"]["code"] == "unauthorized"


async def test_guest_reads_public_rooms_and_writes_nothing(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room = await room_of(ann, "for-guests")
    assert (await guest.ask("room:join", {"room": room}))["role"] == "guest"
    assert refusal(await guest.ask("room:post", message(room, "g", "hi")))[0] == "unauthorized"
    assert refusal(await guest.ask("room:create", {"kind": "chat"}))[0] == "unauthorized"
    private = await room_of(ann, "not-for-guests", visibility="private")
    assert refusal(await guest.ask("room:join", {"room": private}))[0] == "not_found"
