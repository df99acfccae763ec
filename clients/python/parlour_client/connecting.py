"""`connect`: the one way to a client, with a real wallet, real sockets and real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from eth_account import Account
from eth_account.signers.local import LocalAccount

from parlour_client.auth import Session, wallet
from parlour_client.client import Parlour
from parlour_client.errors import ConnectionLost
from parlour_client.listeners import log_error
from parlour_client.net.http import AioHttp
from parlour_client.net.reasons import Witness, checked_url
from parlour_client.net.retry import Retry
from parlour_client.net.transport import Dialer, SocketPlace
from parlour_client.parts import Parts
from parlour_client.ports import ErrorHook, Tokens
from parlour_client.tokens import AskedTokens, TokenOption


@asynccontextmanager
async def connect(
    url: str,
    key: str | bytes | LocalAccount | None = None,
    *,
    token: TokenOption | None = None,
    path: str | None = None,
    namespace: str = "/",
    chain_id: int | None = None,
    session_key: bool | str = False,
    timeout: float = 30.0,
    retry: Retry | None = None,
    on_error: ErrorHook = log_error,
) -> AsyncIterator[Parlour]:
    """Sign in and stay connected for the length of the block.

    Args:
        url: the server's address, such as `http://localhost:8080`.
        key: a private key (hex, bytes, `env:NAME` or a LocalAccount); None connects as a guest.
        token: in place of a key, a session's token, or a function or `async def` that returns one; it is asked before
            every socket, so that a new token follows one that has expired.
        path: of the server's socket on its host; by default `socket.io` below the path of `url`.
        namespace: that Parlour is in, where the socket is that of an application's own python-socketio server.
        chain_id: the chain named in the sign-in message; by default the first the server lists.
        session_key: True signs posts in signed rooms with a fresh key that the sign-in names, a room's id with one
            for that room alone; by default the wallet itself signs them.
        timeout: seconds for the first connection, and for each request over all its tries.
        retry: the pauses before sockets and between tries.
        on_error: gets what listeners raise; by default it is logged.

    Raises:
        SignInRefused: the server refuses this wallet. Unauthorized: it refuses the token.
        ValueError: both a key and a token.
        Invalid: `url` is no address.
        Unreachable: what answers there is no Parlour server.
        ConnectionLost: no server answered in time; the sentence and `__cause__` say why.
        Unavailable: the server was full or away all that time; `retry_after` is what it asked for.
    """
    if key is not None and token is not None:
        raise ValueError("A client has a key or a token, not both.")
    signer = wallet(key) if key is not None else None
    fresh = Account.create() if session_key and signer is not None else None
    url, witness = checked_url(url), Witness()
    async with aiohttp.ClientSession(trace_configs=[witness.trace]) as http:
        tokens: Tokens | None = AskedTokens(token) if token is not None else None
        if signer is not None:
            scope = (fresh, session_key if isinstance(session_key, str) else None) if fresh else None
            tokens = Session(AioHttp(http, url), signer, chain_id=chain_id, session_key=scope)
        dialer = Dialer(SocketPlace(url, path, namespace), http, witness=witness)
        parts = Parts(url, dialer, tokens, fresh or signer, retry or Retry(), timeout, on_error, AioHttp(http, url))
        parlour = Parlour(parts)
        runner = asyncio.create_task(parlour.run(), name="parlour connection")
        try:
            try:
                async with asyncio.timeout(timeout):
                    await parlour.ready()
            except TimeoutError as error:
                trouble = parlour.trouble
                if trouble is not None and not isinstance(trouble, ConnectionLost):
                    raise trouble from trouble.__cause__
                why = f": {trouble.message}" if trouble else "."
                raise ConnectionLost(f"{url} could not be reached in {timeout:g} s{why}") from trouble or error
            yield parlour
        finally:
            runner.cancel()
            await asyncio.wait([runner])
            await parlour.close()
