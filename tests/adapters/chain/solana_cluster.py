"""A Solana cluster's PubSub for tests: real transactions in LiteSVM, told by slots that a test makes one by one.

It speaks as Agave does: a slot is told when it begins, and what happened in it afterwards.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.missing import missing

try:
    from solders.keypair import Keypair
    from solders.litesvm import LiteSVM
    from solders.message import Message
    from solders.pubkey import Pubkey
    from solders.system_program import TransferParams, transfer
    from solders.transaction import Transaction
except ImportError:
    LiteSVM = None

SYSTEM = "1" * 32
"""The program that moves lamports; every transfer mentions it."""
SOL = 10**9


class Cluster:
    """One leader whose slots a test makes.

    Attributes:
        url: of its PubSub.
        slot: the newest slot; `root` the newest final one.
        asked: methods of the subscriptions that were asked for.
        mute: told of no slots and no transactions, as an endpoint that lost its connection.
    """

    def __init__(self) -> None:
        if LiteSVM is None:
            missing("solders is not installed: pip install -e '.[dev]'")
        self.svm = LiteSVM()
        self.payer = Keypair.from_seed(bytes(range(32)))
        self.svm.airdrop(self.payer.pubkey(), 1000 * SOL)
        self.slot, self.root = 100, 68
        self.asked: list[str] = []
        self._parents = {self.slot: 99}
        self._sockets: dict[web.WebSocketResponse, dict[int, tuple[str, str]]] = {}
        self._next = 1

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/", self._serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        await self._runner.cleanup()

    async def cut(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(socket.close() for socket in list(self._sockets)))

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        held: dict[int, tuple[str, str]] = {}
        self._sockets[socket] = held
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._answer(socket, held, json.loads(message.data))
        self._sockets.pop(socket, None)
        return socket

    async def _answer(self, socket: Any, held: dict[int, tuple[str, str]], asked: dict[str, Any]) -> None:
        method, params = asked["method"], asked["params"]
        self.asked.append(method)
        if method.endswith("Unsubscribe"):
            held.pop(params[0], None)
            await socket.send_json({"jsonrpc": "2.0", "result": True, "id": asked["id"]})
            return
        about = params[0]["mentions"][0] if method == "logsSubscribe" else params[0] if params else ""
        self._next += 1
        held[self._next] = (method.removesuffix("Subscribe"), about)
        await socket.send_json({"jsonrpc": "2.0", "result": self._next, "id": asked["id"]})

    async def _tell(self, feed: str, about: str, result: Any) -> None:
        for socket, held in list(self._sockets.items()):
            for number, wanted in list(held.items()):
                if wanted == (feed, about):
                    params = {"result": result, "subscription": number}
                    await socket.send_json({"jsonrpc": "2.0", "method": f"{feed}Notification", "params": params})

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    async def next(self, *, parent: int | None = None, skip: int = 0) -> int:
        """Begin a slot, on the newest one or on another, and return it; the root follows 32 slots behind."""
        parent = self.slot if parent is None else parent
        self.slot += 1 + skip
        self._parents[self.slot] = parent
        final = self.slot
        while final in self._parents and final > self.slot - 32:
            final = self._parents[final]
        self.root = max(self.root, final)
        await self._tell("slot", "", {"slot": self.slot, "parent": parent, "root": self.root})
        return self.slot

    async def transfer(self, to: str, lamports: int, *, slot: int | None = None) -> str:
        """Let the payer send lamports in a slot, the newest one by default; return the signature."""
        return await self.tell_transfer(*self.send(to, lamports), slot=slot)

    def send(self, to: str, lamports: int) -> tuple[str, list[str], list[str]]:
        """Run a transfer; return its signature, its logs and the accounts it mentions."""
        self.svm.expire_blockhash()
        moved = transfer(
            TransferParams(from_pubkey=self.payer.pubkey(), to_pubkey=Pubkey.from_string(to), lamports=lamports)
        )
        message = Message.new_with_blockhash([moved], self.payer.pubkey(), self.svm.latest_blockhash())
        done = self.svm.send_transaction(Transaction([self.payer], message, self.svm.latest_blockhash()))
        return str(done.signature()), done.logs(), [str(key) for key in message.account_keys]

    async def tell_transfer(self, signature: str, logs: list[str], keys: list[str], *, slot: int | None = None) -> str:
        """Tell of a transfer in a slot."""
        context = {"slot": self.slot if slot is None else slot}
        for key in keys:
            value = {"signature": signature, "err": None, "logs": logs}
            await self._tell("logs", key, {"context": context, "value": value})
        for key in keys:
            account = self.svm.get_account(Pubkey.from_string(key))
            if account is not None:
                data = [base64.b64encode(account.data).decode(), "base64"]
                value = {
                    "lamports": account.lamports, "owner": str(account.owner), "data": data,
                    "executable": account.executable, "rentEpoch": account.rent_epoch, "space": len(account.data),
                }  # fmt: skip
                await self._tell("account", key, {"context": context, "value": value})
        return signature
