"""A wallet as a browser extension would be: EIP-6963 announces it, EIP-1193 asks it, Python holds the key and signs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from playwright.async_api import BrowserContext

from parlour.testing.anvil import DEV_MNEMONIC

USER_REJECTED = 4001
UNSUPPORTED = 4200
UNKNOWN_CHAIN = 4902
ASKS_ITS_PERSON = ("eth_requestAccounts", "personal_sign", "eth_sendTransaction", "wallet_addEthereumChain")

_ANNOUNCE = """
(() => {
  const listeners = new Map();
  const provider = {
    async request({ method, params }) {
      const { result, error } = JSON.parse(await window.askWallet(method, JSON.stringify(params ?? [])));
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    },
    on(event, listener) { listeners.set(event, [...(listeners.get(event) ?? []), listener]); },
    removeListener(event, listener) {
      listeners.set(event, (listeners.get(event) ?? []).filter((one) => one !== listener));
    },
  };
  window.tellFromWallet = (event, value) => (listeners.get(event) ?? []).forEach((listener) => listener(value));
  const info = Object.freeze({
    uuid: "3f1f2a0e-6c0e-4a0e-9a55-6f0c2f0c1b1d",
    name: "Pocket Wallet",
    rdns: "test.parlour.pocket",
    icon: "data:image/svg+xml," + encodeURIComponent(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><path fill='#b4552d' d='M0 0h8v8H0z'/></svg>",
    ),
  });
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})();
"""


class WalletError(Exception):
    """What the page gets: an EIP-1193 error with this code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class InjectedWallet:
    """One account of a wallet extension, in every page of a browser context.

    Attributes:
        chain_id: the chain it is on.
        chains: those it knows; of another one it says so when it shall switch there.
        contract: the account, where it is a contract that the key owns.
        rejects: the person says no to every question.
        answers: cleared while the person does not answer.
        asked: the methods it was asked for, in order.
        messages: the texts it signed.
    """

    def __init__(self, account: LocalAccount, *, chain_id: int = 31337, rpc: str | None = None) -> None:
        self.account = account
        self.chain_id = chain_id
        self.chains = {1, chain_id}
        self.contract: str | None = None
        self.rejects = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked: list[str] = []
        self.messages: list[str] = []
        self._rpc = rpc

    async def install(self, context: BrowserContext) -> None:
        """Announce itself in all pages to come."""
        await context.expose_function("askWallet", self._answer)
        await context.add_init_script(_ANNOUNCE)

    async def _answer(self, method: str, params: str) -> str:
        try:
            return json.dumps({"result": await self._request(method, json.loads(params))})
        except WalletError as error:
            return json.dumps({"error": {"code": error.code, "message": str(error)}})

    async def _request(self, method: str, params: list[Any]) -> Any:
        self.asked.append(method)
        address = (self.contract or str(self.account.address)).lower()  # as wallets answer: without the checksum
        if method in ASKS_ITS_PERSON:
            await self.answers.wait()
            if self.rejects:
                raise WalletError(USER_REJECTED, "User rejected the request.")
        match method:
            case "eth_requestAccounts" | "eth_accounts":
                return [address]
            case "eth_chainId":
                return hex(self.chain_id)
            case "wallet_addEthereumChain":
                self.chain_id = int(params[0]["chainId"], 16)
                self.chains.add(self.chain_id)
                return None
            case "wallet_switchEthereumChain":
                chain = int(params[0]["chainId"], 16)
                if chain not in self.chains:
                    raise WalletError(UNKNOWN_CHAIN, "Unrecognized chain. Try adding it first.")
                self.chain_id = chain
                return None
            case "personal_sign":
                return self._sign(params[0])
            case "eth_sendTransaction":
                return await self._send(params[0])
            case "eth_getTransactionReceipt" | "eth_getCode" | "eth_call":
                return await self._call(method, params)
        raise WalletError(UNSUPPORTED, f"{method} is not supported.")

    def _sign(self, message: str) -> str:
        text = bytes.fromhex(message.removeprefix("0x"))
        self.messages.append(text.decode())
        return "0x" + bytes(self.account.sign_message(encode_defunct(text)).signature).hex()

    async def deploy(self, code: str) -> str:
        """Deploy a contract, and return its address."""
        tx = await self._send({"data": code})
        async with asyncio.timeout(60):
            while (receipt := await self._call("eth_getTransactionReceipt", [tx])) is None:
                await asyncio.sleep(0.05)
        return to_checksum_address(receipt["contractAddress"])

    async def call(self, contract: str, data: str) -> None:
        """Send a contract a transaction, without asking anybody."""
        await self._send({"to": contract, "data": data})

    async def _send(self, asked: dict[str, str]) -> str:
        nonce = int(await self._call("eth_getTransactionCount", [self.account.address, "pending"]), 16)
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "gas": 1_000_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
            "value": int(asked.get("value", "0x0"), 16),
            "data": asked.get("data", "0x"),
        }
        if "to" in asked:
            transaction["to"] = asked["to"]
        signed = Account.sign_transaction(transaction, self.account.key)
        return str(await self._call("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()]))

    async def _call(self, method: str, params: list[Any]) -> Any:
        if self._rpc is None:
            raise WalletError(UNSUPPORTED, "This wallet knows no chain.")
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with aiohttp.ClientSession() as http, http.post(self._rpc, json=body) as answer:
            reply = await answer.json()
        if "error" in reply:
            raise WalletError(-32603, str(reply["error"]))
        return reply["result"]


def rich_account(at: int) -> LocalAccount:
    """One of the dev chain's own rich accounts (test test test … junk)."""
    Account.enable_unaudited_hdwallet_features()
    account: LocalAccount = Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{at}")
    return account
