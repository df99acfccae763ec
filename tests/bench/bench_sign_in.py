"""Sign-ins a second on one core: `python -m tests.bench.bench_sign_in`.

*verifications* is what CPU a sign-in costs beyond its store: parse the text, check every rule, recover the signer.
*sign-ins* goes through the desk with its store in memory, nonce and session included.
"""

from __future__ import annotations

import asyncio
import logging
import time

import structlog

from parlour.core import secp256k1, siwe
from parlour.core.sign_in import SignInRules, check_place, check_times, read_claim, session_key_of
from parlour.runtime.clock import SystemClock
from parlour.runtime.sessions import SignIn
from parlour.runtime.sessions_memory import MemorySessionStore
from tests.wallets import Wallet, message_for

RULES = SignInRules(origins=("https://app.example",))


async def prepare(desk: SignIn, count: int) -> list[tuple[str, str]]:
    wallet = Wallet()
    texts = [siwe.build(message_for(await desk.nonce(None), wallet.address)) for _ in range(count)]
    return [(text, wallet.sign(text)) for text in texts]


def verifications_per_second(count: int = 5_000) -> float:
    """Messages with distinct nonces, each parsed, checked and recovered."""
    clock = SystemClock()
    desk = SignIn(MemorySessionStore(), clock, RULES)
    claims = asyncio.run(prepare(desk, count))
    start = time.perf_counter()
    for text, signature in claims:
        claim = read_claim(text, signature)
        session_key_of(claim.message)
        check_place(claim.message, RULES)
        check_times(claim.message, RULES, clock.now())
        signer = secp256k1.recover(secp256k1.personal_digest(claim.raw), claim.signature)
        assert signer is not None
        assert signer.address == claim.message.address
    return count / (time.perf_counter() - start)


async def sign_ins_per_second(count: int = 5_000) -> float:
    desk = SignIn(MemorySessionStore(), SystemClock(), RULES)
    claims = await prepare(desk, count)
    start = time.perf_counter()
    for text, signature in claims:
        await desk.verify(text, signature, None)
    return count / (time.perf_counter() - start)


async def authentications_per_second(count: int = 200_000) -> float:
    desk = SignIn(MemorySessionStore(), SystemClock(), RULES)
    [(text, signature)] = await prepare(desk, 1)
    token, _ = await desk.verify(text, signature, None)
    start = time.perf_counter()
    for _ in range(count):
        await desk.authenticate(token)
    return count / (time.perf_counter() - start)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(f"verifications    {verifications_per_second():>10,.0f} /s")
    print(f"sign-ins         {asyncio.run(sign_ins_per_second()):>10,.0f} /s")
    print(f"authentications  {asyncio.run(authentications_per_second()):>10,.0f} /s")


if __name__ == "__main__":
    main()
