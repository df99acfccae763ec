"""Contract accounts on a real chain (anvil): ERC-1271, ERC-6492, a Safe's empty signature, EIP-7702."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from eth_abi import encode
from eth_account import Account
from eth_hash.auto import keccak

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.chain.signatures import FAILURES_TO_TRIP, MAGIC_6492, ContractSignatures, Patience
from parlour.core.identity import siwe
from parlour.core.identity.accounts import checksum
from parlour.core.identity.secp256k1 import personal_digest
from parlour.core.proof.authors import read_delegation
from parlour.errors import SignInRefused, Unavailable
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.nodes.node import Disconnected, Refused
from parlour.testing.anvil import AnvilChain, Deployed
from tests.bounds import sign_in_rules
from tests.wallets import Wallet, message_for

ARTIFACTS = json.loads((Path(__file__).parents[2] / "contracts" / "Wallets.json").read_text())["contracts"]
CHAIN = 31337
APP = "https://app.example"


class Node:
    """`Node.call` over anvil's HTTP, counting; `broken` makes it hang or fail."""

    def __init__(self, chain: AnvilChain) -> None:
        self.chain = chain
        self.calls = 0
        self.broken: Exception | None = None
        self.hangs = False

    async def call(self, method: str, params: list[Any]) -> Any:
        self.calls += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.broken:
            raise self.broken
        node = connect(self.chain.url)
        try:
            return await node.call(method, params)
        finally:
            await node.close()


@pytest.fixture
def node(chain: AnvilChain) -> Node:
    return Node(chain)


def desk(node: Node, patience: Patience | None = None) -> SignIn:
    clock = SystemClock()
    rules = sign_in_rules(origins=(APP,), chains=(CHAIN, 1))
    return SignIn(MemorySessionStore(), clock, rules, ContractSignatures({CHAIN: node.call}, clock, patience))


@pytest.fixture
def sign_in(node: Node) -> SignIn:
    return desk(node)


async def text_for(sign_in: SignIn, address: str, **changes: Any) -> str:
    return siwe.build(message_for(await sign_in.nonce(None), address, **changes))


async def signed_in(sign_in: SignIn, text: str, signature: str) -> Session:
    return (await sign_in.verify(text, signature, None))[1]


async def assert_refused(sign_in: SignIn, text: str, signature: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        await sign_in.verify(text, signature, None)
    assert refused.value.code == "signature"


def wrapped(factory: str, data: str, signature: str) -> str:
    """ERC-6492: `abi.encode(factory, calldata, signature) ‖ magic`."""
    inner = encode(["address", "bytes", "bytes"], [factory, bytes.fromhex(data[2:]), bytes.fromhex(signature[2:])])
    return "0x" + (inner + MAGIC_6492).hex()


async def counterfactual(chain: AnvilChain, owner: Wallet) -> tuple[str, Deployed, bytes]:
    factory = await chain.deploy(ARTIFACTS["Factory"])
    salt = secrets.token_bytes(32)
    return str(await chain.call(factory, "predict", salt, owner.address)), factory, salt


# ── ERC-1271 ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_contract_wallet_signs_in_by_its_owners_signature(chain: AnvilChain, sign_in: SignIn) -> None:
    owner = Wallet()
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], owner.address)
    text = await text_for(sign_in, wallet.address)
    session = await signed_in(sign_in, text, owner.sign(text))
    assert session.account == f"eip155:{CHAIN}:{wallet.address}"
    assert (session.address, session.chain_id, session.method) == (wallet.address, CHAIN, "eip1271")


async def test_contract_that_delegates_to_a_key_says_at_which_block_it_was_asked(
    chain: AnvilChain, sign_in: SignIn
) -> None:
    owner, key = Wallet(), Wallet().address
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], owner.address)
    answer = await sign_in.nonce(None, key)
    text = siwe.build(
        message_for(answer, wallet.address, chain_id=str(CHAIN), resources=(f"urn:parlour:session-key:{key}",))
    )
    session = await signed_in(sign_in, text, owner.sign(text))
    [line] = await sign_in.delegations(session.account)
    asked_at = await chain.rpc("eth_getBlockByHash", line["blockHash"], False)
    assert (line["chain"], int(asked_at["number"], 16) > 0) == (CHAIN, True)
    read = read_delegation(line)
    assert (read.key.address, read.needs_rpc) == (key, True)


async def test_contract_refuses_a_strangers_signature(chain: AnvilChain, sign_in: SignIn) -> None:
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], Wallet().address)
    text = await text_for(sign_in, wallet.address)
    await assert_refused(sign_in, text, Wallet().sign(text))


async def test_new_owner_ends_the_session_at_its_refresh(chain: AnvilChain, sign_in: SignIn) -> None:
    owner = Wallet()
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], owner.address)
    text = await text_for(sign_in, wallet.address)
    token, session = await sign_in.verify(text, owner.sign(text), None)
    token, _ = await sign_in.refresh(token)
    await chain.transact(wallet, "give", Wallet().address)
    ended: list[tuple[str, str]] = []
    sign_in.on_revoked(lambda id, why: ended.append((id, why)))
    with pytest.raises(SignInRefused):
        await sign_in.refresh(token)
    assert ended == [(session.id, "revoked")]
    assert await sign_in.authenticate(token) is None


async def test_safe_signs_in_with_an_empty_signature_it_approved(chain: AnvilChain, sign_in: SignIn) -> None:
    safe = await chain.deploy(ARTIFACTS["SafeLike"])
    text = await text_for(sign_in, safe.address)
    await assert_refused(sign_in, await text_for(sign_in, safe.address), "0x")
    await chain.transact(safe, "approve", personal_digest(text.encode()))
    assert (await signed_in(sign_in, text, "0x")).method == "eip1271"


async def test_contract_that_uses_up_its_gas_has_refused(chain: AnvilChain, sign_in: SignIn) -> None:
    eater = await chain.deploy(ARTIFACTS["GasEater"])
    text = await text_for(sign_in, eater.address)
    await assert_refused(sign_in, text, Wallet().sign(text))


async def test_nobody_signs_in_as_an_address_without_code(chain: AnvilChain, sign_in: SignIn) -> None:
    for address in ("0x" + 40 * "0", "0x" + 39 * "0" + "1", Wallet().address):
        text = await text_for(sign_in, address)
        await assert_refused(sign_in, text, Wallet().sign(text))
        await assert_refused(sign_in, text, "0x" + 64 * "00" + "1b")
        await assert_refused(sign_in, text, "0x")


async def test_contract_does_not_count_on_another_chain(chain: AnvilChain, sign_in: SignIn) -> None:
    owner = Wallet()
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], owner.address)
    text = await text_for(sign_in, wallet.address, chain_id="1")
    await assert_refused(sign_in, text, owner.sign(text))


# ── ERC-6492 ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_contract_that_is_not_deployed_yet_signs_in(chain: AnvilChain, sign_in: SignIn) -> None:
    owner = Wallet()
    address, factory, salt = await counterfactual(chain, owner)
    deploy = factory.encode("deploy", [salt, owner.address])
    text = await text_for(sign_in, checksum(address))
    await assert_refused(sign_in, text, owner.sign(text))
    await assert_refused(sign_in, text, wrapped(factory.address, deploy, Wallet().sign(text)))
    session = await signed_in(sign_in, text, wrapped(factory.address, deploy, owner.sign(text)))
    assert (session.account, session.method) == (f"eip155:{CHAIN}:{checksum(address)}", "eip6492")
    assert await chain.rpc("eth_getCode", address, "latest") == "0x"


async def test_same_wrapped_signature_holds_after_deployment(chain: AnvilChain, sign_in: SignIn) -> None:
    owner = Wallet()
    address, factory, salt = await counterfactual(chain, owner)
    text = await text_for(sign_in, checksum(address))
    signature = wrapped(factory.address, factory.encode("deploy", [salt, owner.address]), owner.sign(text))
    await chain.transact(factory, "deploy", salt, owner.address)
    token, session = await sign_in.verify(text, signature, None)
    assert session.method == "eip6492"
    await sign_in.refresh(token)
    text = await text_for(sign_in, checksum(address))
    assert (await signed_in(sign_in, text, owner.sign(text))).method == "eip1271"


async def test_factory_that_deploys_nothing_proves_nothing(chain: AnvilChain, sign_in: SignIn) -> None:
    owner, victim = Wallet(), Wallet()
    _, factory, _ = await counterfactual(chain, owner)
    text = await text_for(sign_in, victim.address)
    await assert_refused(sign_in, text, wrapped(factory.address, factory.encode("nothing", []), owner.sign(text)))
    await assert_refused(sign_in, text, wrapped(Wallet().address, "0x", owner.sign(text)))
    await assert_refused(sign_in, text, "0x" + MAGIC_6492.hex())
    await assert_refused(sign_in, text, "0x" + (b"\xff" * 96 + MAGIC_6492).hex())


def test_vector_of_a_wrapping_is_ours() -> None:
    path = Path(__file__).parents[2] / "vectors" / "siwe" / "erc6492_wrap.json"
    for vector in json.loads(path.read_text()):
        assert wrapped(vector["address"], vector["data"], vector["signature"]) == vector["wrapped"]


# ── EIP-7702 ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def delegated(chain: AnvilChain, wallet: Wallet, delegate: Deployed) -> None:
    """A real type-4 transaction, paid by a dev account, that gives the wallet's address the delegate's code."""
    authorization = Account.sign_authorization(
        {"chainId": CHAIN, "address": delegate.address, "nonce": 0}, wallet.key.secret
    )
    transaction = {
        "chainId": CHAIN,
        "nonce": int(await chain.rpc("eth_getTransactionCount", chain.accounts[9], "latest"), 16),
        "to": wallet.address,
        "gas": 200_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        "authorizationList": [authorization],
    }
    raw = Account.sign_transaction(transaction, chain.keys[9]).raw_transaction
    await chain.receipt(await chain.rpc("eth_sendRawTransaction", "0x" + raw.hex().removeprefix("0x")))
    code = await chain.rpc("eth_getCode", wallet.address, "latest")
    assert code == "0xef0100" + delegate.address[2:].lower()


@pytest.mark.parametrize("delegate", ["SilentDelegate", "WrappingDelegate"])
async def test_delegated_wallet_signs_in_with_its_own_key(
    chain: AnvilChain, sign_in: SignIn, node: Node, delegate: str
) -> None:
    wallet = Wallet()
    await delegated(chain, wallet, await chain.deploy(ARTIFACTS[delegate]))
    text = await text_for(sign_in, wallet.address)
    await assert_refused(sign_in, text, Wallet().sign(text))
    node.broken = Disconnected("no need of a chain")
    session = await signed_in(sign_in, text, wallet.sign(text))
    assert (session.account, session.method) == (wallet.address, "eip191")


async def test_delegate_may_have_signatures_of_its_own(chain: AnvilChain, sign_in: SignIn) -> None:
    wallet = Wallet()
    await delegated(chain, wallet, await chain.deploy(ARTIFACTS["WrappingDelegate"]))
    text = await text_for(sign_in, wallet.address)
    session = await signed_in(sign_in, text, "0x01" + wallet.sign(text)[2:])
    assert (session.account, session.method) == (f"eip155:{CHAIN}:{wallet.address}", "eip1271")


# ── nodes that fail ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_dead_node_never_slows_a_wallet_with_a_key(node: Node, sign_in: SignIn) -> None:
    node.hangs = True
    wallet = Wallet()
    text = await text_for(sign_in, wallet.address)
    assert (await signed_in(sign_in, text, wallet.sign(text))).method == "eip191"
    assert node.calls == 0


async def test_breaker_stops_asking_a_dead_node_and_tries_again_later(node: Node) -> None:
    sign_in = desk(node, Patience(call=0.05, tripped=0.2))
    text = await text_for(sign_in, Wallet().address)
    node.hangs = True
    for _ in range(20):
        with pytest.raises(Unavailable):
            await sign_in.verify(text, Wallet().sign(text), None)
    assert node.calls == FAILURES_TO_TRIP
    node.hangs = False
    async with asyncio.timeout(60):
        while True:
            with suppress(Unavailable):  # until the pause is over, and where a busy machine answers after the patience
                await assert_refused(sign_in, text, Wallet().sign(text))
                break
            await asyncio.sleep(0.02)


async def test_answer_that_is_an_error_trips_no_breaker(node: Node, sign_in: SignIn) -> None:
    text = await text_for(sign_in, Wallet().address)
    await assert_refused(sign_in, text, Wallet().sign(text))
    node.broken = Refused(-32000, "out of gas: gas required exceeds allowance")
    await assert_refused(sign_in, text, Wallet().sign(text))
    node.broken = Refused(-32000, "something else")
    for _ in range(2 * FAILURES_TO_TRIP):
        with pytest.raises(Unavailable):
            await sign_in.verify(text, Wallet().sign(text), None)
    node.broken = None
    await assert_refused(sign_in, text, Wallet().sign(text))


async def test_outage_burns_no_nonce(chain: AnvilChain, node: Node, sign_in: SignIn) -> None:
    owner = Wallet()
    wallet = await chain.deploy(ARTIFACTS["OwnedWallet"], owner.address)
    text = await text_for(sign_in, wallet.address)
    node.broken = Disconnected("away")
    with pytest.raises(Unavailable):
        await sign_in.verify(text, owner.sign(text), None)
    node.broken = None
    assert (await signed_in(sign_in, text, owner.sign(text))).method == "eip1271"


async def test_refused_signature_is_not_asked_about_again_at_once(node: Node, sign_in: SignIn) -> None:
    text = await text_for(sign_in, Wallet().address)
    signature = Wallet().sign(text)
    for _ in range(5):
        await assert_refused(sign_in, text, signature)
    assert node.calls == 2  # eth_chainId and one eth_call


async def test_endpoint_of_another_chain_is_not_believed(node: Node) -> None:
    wrong = ContractSignatures({5: node.call}, SystemClock())
    with pytest.raises(Unavailable):
        await wrong.verify(5, Wallet().address, keccak(b""), b"")
