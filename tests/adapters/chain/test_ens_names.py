"""ENS names against a registry on a real chain (anvil): checked both ways, remembered, never waited for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ens_normalize import is_ens_normalized

from parlour.core.identity.ens import is_normal, namehash, reverse_node
from parlour.runtime.identity.ens_names import FAILED_SECONDS, FRESH_SECONDS, UNDER_WAY, EnsNames
from parlour.runtime.nodes.node import Disconnected, Reverted
from parlour.testing.anvil import AnvilChain, Deployed, RpcFault
from parlour.testing.fakes import FakeClock
from tests.wallets import Wallet

ROOT = Path(__file__).parents[2]
ARTIFACTS = json.loads((ROOT / "contracts" / "Wallets.json").read_text())["contracts"]


class Ens:
    """A registry on anvil, its counted calls, and Names over it."""

    def __init__(self, chain: AnvilChain, registry: Deployed) -> None:
        self.chain, self.registry, self.clock = chain, registry, FakeClock()
        self.calls = 0
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.names = EnsNames(self.call, self.clock, registry.address)

    async def call(self, method: str, params: list[Any]) -> Any:
        self.calls += 1
        await self.gate.wait()
        if self.broken:
            raise Disconnected("away")
        try:
            return await self.chain.rpc(method, *params)
        except RpcFault as fault:
            raise Reverted(str(fault)) from fault

    async def says(self, address: str, name: str) -> None:
        await self.chain.transact(self.registry, "say", reverse_node(address), name)

    async def points(self, name: str, address: str) -> None:
        await self.chain.transact(self.registry, "point", namehash(name), address)


@pytest.fixture
async def ens(chain: AnvilChain) -> AsyncIterator[Ens]:
    ens = Ens(chain, await chain.deploy(ARTIFACTS["Ens"]))
    yield ens
    await ens.names.close()


async def test_name_that_resolves_back_is_shown(ens: Ens) -> None:
    address = Wallet().address
    await ens.says(address, "alice.eth")
    await ens.points("alice.eth", address)
    assert await ens.names.look_up(address) == "alice.eth"
    assert await ens.names.address_of("alice.eth") == address


async def test_name_of_somebody_else_is_not_shown(ens: Ens) -> None:
    liar = Wallet().address
    await ens.says(liar, "vitalik.eth")
    assert await ens.names.look_up(liar) is None
    await ens.points("vitalik.eth", Wallet().address)
    ens.clock.spend(FRESH_SECONDS + 1)
    assert await ens.names.look_up(liar) is None


@pytest.mark.parametrize("name", ["名前.eth", "🦓.eth", "ñandú.eth", "1⃣.eth"])
async def test_normalised_name_of_any_script_is_shown(ens: Ens, name: str) -> None:
    address = Wallet().address
    await ens.says(address, name)
    await ens.points(name, address)
    assert await ens.names.look_up(address) == name
    assert await ens.names.address_of(name) == address


@pytest.mark.parametrize(
    "name",
    [
        "Ñandú.eth",
        "paypаl.eth",
        "ali\u200dce.eth",
        "1️⃣.eth",
        "Alice.eth",
        "al ice.eth",
        "xn--ls8h.eth",
        "аlice.eth",
        "alice.eth.",
        "a" * 300,
        "",
    ],
)
async def test_name_that_is_not_normalised_is_not_shown(ens: Ens, name: str) -> None:
    address = Wallet().address
    await ens.says(address, name)
    await ens.points(name, address)
    assert await ens.names.look_up(address) is None
    assert await ens.names.address_of(name) is None


async def test_contract_has_a_name_on_its_own_chain_only(ens: Ens) -> None:
    address = Wallet().address
    await ens.says(address, "safe.eth")
    await ens.points("safe.eth", address)
    for nameless in (f"eip155:8453:{address}", "solana:mainnet:" + "1" * 32, "app:backend", "bot:1", ""):
        assert ens.names.name_of(nameless) is None
    await asyncio.sleep(0.1)
    assert ens.calls == 0
    here = f"eip155:1:{address}"
    assert ens.names.name_of(here) is None
    assert await ens.names.look_up(address) == "safe.eth"
    assert ens.names.name_of(here) == "safe.eth"


async def test_nobody_waits_for_a_name(ens: Ens) -> None:
    address = Wallet().address
    await ens.says(address, "alice.eth")
    await ens.points("alice.eth", address)
    ens.gate.clear()
    assert ens.names.name_of(address) is None
    assert ens.names.name_of(address) is None
    ens.gate.set()
    assert await ens.names.look_up(address) == "alice.eth"
    assert ens.names.name_of(address) == "alice.eth"
    assert ens.calls == 4


async def test_name_is_asked_for_again_after_an_hour(ens: Ens) -> None:
    address = Wallet().address
    assert await ens.names.look_up(address) is None
    assert await ens.names.look_up(address) is None
    assert ens.calls == 1
    await ens.says(address, "alice.eth")
    await ens.points("alice.eth", address)
    ens.clock.spend(FRESH_SECONDS + 1)
    assert await ens.names.look_up(address) == "alice.eth"


async def test_outage_keeps_the_name_that_was_known(ens: Ens) -> None:
    address = Wallet().address
    await ens.says(address, "alice.eth")
    await ens.points("alice.eth", address)
    assert await ens.names.look_up(address) == "alice.eth"
    ens.broken = True
    ens.clock.spend(FRESH_SECONDS + 1)
    assert await ens.names.look_up(address) == "alice.eth"
    calls = ens.calls
    assert await ens.names.look_up(address) == "alice.eth"
    assert ens.calls == calls
    ens.broken = False
    await ens.points("alice.eth", Wallet().address)
    ens.clock.spend(FAILED_SECONDS + 1)
    assert await ens.names.look_up(address) is None


async def test_crowd_of_strangers_is_not_all_looked_up_at_once(ens: Ens) -> None:
    ens.gate.clear()
    for _ in range(UNDER_WAY + 50):
        ens.names.name_of(Wallet().address)
    assert len(asyncio.all_tasks()) <= UNDER_WAY + 10


async def test_without_a_chain_nobody_has_a_name() -> None:
    names = EnsNames(None, FakeClock())
    assert names.name_of(Wallet().address) is None
    assert await names.look_up(Wallet().address) is None
    assert await names.address_of("alice.eth") is None


# ── names as such ────────────────────────────────────────────────────────────────────────────────────────────────


def test_namehashes_of_eip_137() -> None:
    assert namehash("").hex() == "00" * 32
    assert namehash("eth").hex() == "93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae"
    assert namehash("foo.eth").hex() == "de9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f"


def test_only_names_that_ensip_15_leaves_alone_are_normal() -> None:
    vectors = json.loads((ROOT / "vectors" / "ens" / "ensip15_custom_tests.json").read_text())
    assert len(vectors) > 100
    assert not is_normal(""), "nobody's name"
    for vector in (one for one in vectors if one["name"]):
        changes = vector.get("error") or vector.get("norm", vector["name"]) != vector["name"]
        assert is_normal(vector["name"]) is not bool(changes), vector


@pytest.mark.parametrize("name", ["$purs.eth", "_.eth", "__.eth", "_dmarc.parlour.eth", "a$b.eth", "$", "-.eth", "0"])
def test_ascii_name_that_ensip_15_leaves_valid_is_normal(name: str) -> None:
    assert is_normal(name)


def test_ascii_rule_agrees_with_the_reference_for_every_short_label() -> None:
    for length in range(1, 6):
        for letters in product("a0_-$" if length > 3 else "azA09_-$.' %\x7f", repeat=length):
            name = "".join(letters)
            assert is_normal(name) == is_ens_normalized(name), repr(name)


def test_every_ascii_character_is_judged_as_the_reference_does() -> None:
    for letter in map(chr, set(range(128)) - {10}):  # ens-normalize 3.0 takes a newline at the end
        for name in (letter, f"a{letter}", f"a{letter}b.eth"):
            assert is_normal(name) == is_ens_normalized(name), repr(name)


@pytest.mark.parametrize("name", ["a\n", "a.eth\n", "ñ\n", "_\n", "\n"])
def test_name_with_a_newline_is_not_normal(name: str) -> None:
    assert not is_normal(name)


def test_tables_are_loaded_with_the_first_name_that_needs_them() -> None:
    program = "import sys; import parlour.app; from parlour.core.identity.ens import is_normal; "
    program += "assert is_normal('nick.eth'); "
    program += (
        "assert 'ens_normalize' not in sys.modules; assert is_normal('ñ.eth'); assert 'ens_normalize' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
