"""Policy without a store: origins, delegations, Solana texts, recovery, account ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import base58
import pytest
from coincurve import PrivateKey

from parlour.core.identity import secp256k1, siwe, solana
from parlour.core.identity.accounts import address_on, checksum, contract_account, normal_account
from parlour.core.identity.sign_in import (
    SessionKey,
    check_place,
    domain_of,
    origin_of,
    parse_session_key,
    read_claim,
    session_key_of,
    split_chains,
)
from parlour.errors import Invalid, SignInRefused, TooLarge
from tests.bench.bench_sign_in import verifications_per_second
from tests.bounds import sign_in_rules
from tests.wallets import ORDER, SolanaWallet, Wallet

KEY = Wallet(PrivateKey(b"\1" * 32)).address
GOOD = siwe.Message(
    domain="app.example",
    address=Wallet().address,
    uri="https://app.example",
    chain_id="1",
    nonce="0123456789abcdef",
    issued_at="2026-11-22T13:00:00.000Z",
)
SOLANA = SolanaWallet()
GOOD_SOLANA = replace(GOOD, namespace="solana", address=SOLANA.address, chain_id="mainnet", statement="Hello.")


# ── origins and rules ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.example", "https://app.example"),
        ("https://APP.example/login?x#y", "https://app.example"),
        ("https://app.example:443/", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("https://app.example:80", "https://app.example:80"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("https://user@app.example", None),
        ("https://app.example@evil.example", None),
        ("https:///x", None),
        ("urn:app.example", None),
        ("app.example", None),
        ("https://app.example:99999", None),
    ],
)
def test_origin_is_scheme_host_and_port(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin


@pytest.mark.parametrize(
    "wrong",
    [
        {"origins": ()},
        {"origins": ("https://app.example/",)},
        {"origins": ("https://App.example",)},
        {"origins": ("app.example",)},
        {"origins": ("*",)},
        {"roles": {KEY: "king"}},
        {"roles": {"bob": "admin"}},
        {"roles": {KEY[:-1]: "admin"}},
        {"statement": "50% off"},
        {"statement": "two\nlines"},
    ],
)
def test_rules_under_which_nobody_can_sign_in_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        sign_in_rules(**{"origins": ("https://app.example",), **wrong})


def test_role_is_found_by_any_spelling_of_its_account() -> None:
    rules = sign_in_rules(origins=("https://app.example",), roles={KEY.lower(): "moderator"})
    assert (rules.rank(KEY), rules.rank(GOOD.address)) == (2, 0)


def test_list_of_chains_is_split_by_namespace() -> None:
    assert split_chains(["1", "solana:devnet", "8453", "1"]) == ((1, 8453), ("devnet",))
    for wrong in ("mainnet", "-1", "eip155:1", "", "١", "solana:", "solana:moon"):
        with pytest.raises(ValueError, match="no chain"):
            split_chains([wrong])


# ── session keys ─────────────────────────────────────────────────────────────────────────────────────────────────


def with_resources(*resources: str) -> siwe.Message:
    return replace(GOOD, resources=resources)


def test_session_key_is_found_among_other_resources() -> None:
    plain = with_resources("https://a.example", f"urn:parlour:session-key:{KEY.lower()}")
    assert session_key_of(plain) == SessionKey(KEY)
    scoped = with_resources(f"urn:parlour:session-key:{KEY}?room=Room-1")
    assert session_key_of(scoped) == SessionKey(KEY, "Room-1")
    assert session_key_of(with_resources("https://a.example")) is None
    assert session_key_of(GOOD) is None


@pytest.mark.parametrize(
    "urn",
    [
        "urn:parlour:session-key:",
        "urn:parlour:session-key:0x1234",
        f"urn:parlour:session-key:{KEY}?room=",
        f"urn:parlour:session-key:{KEY}?room=..",
        f"urn:parlour:session-key:{KEY}?room=a/b",
        f"urn:parlour:session-key:{KEY}?room=a&x=1",
        f"urn:parlour:session-key:{KEY}?x=1",
        f"URN:parlour:session-key:{KEY}#x",
    ],
)
def test_session_key_that_is_none_is_malformed(urn: str) -> None:
    with pytest.raises(SignInRefused):
        session_key_of(with_resources(urn))


def test_message_with_two_session_keys_is_malformed() -> None:
    urn = f"urn:parlour:session-key:{KEY}"
    with pytest.raises(SignInRefused):
        session_key_of(with_resources(urn, urn))


def test_session_key_request_has_address_and_room() -> None:
    assert parse_session_key(KEY.lower(), "r") == SessionKey(KEY, "r")
    for address, room in ((KEY[:-1], None), (KEY, "a b"), (KEY, "")):
        with pytest.raises(Invalid):
            parse_session_key(address, room)


# ── claims ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("signature", ["", "0", "0x0", "0xgg", "abcd", "0x\n", "0x 00", "Ox00"])
def test_signature_is_read_from_hexadecimal(signature: str) -> None:
    with pytest.raises(SignInRefused):
        read_claim(siwe.build(GOOD), signature)


def test_empty_signature_is_accepted() -> None:
    assert read_claim(siwe.build(GOOD), "0x").signature == b""


def test_sign_in_when_too_large_is_not_parsed() -> None:
    with pytest.raises(TooLarge):
        read_claim("é" * 5000, "0x")
    with pytest.raises(TooLarge):
        read_claim(siwe.build(GOOD), "0x" + "00" * 8193)
    assert len(read_claim(siwe.build(GOOD), "0x" + "00" * 8192).signature) == 8192


# ── secp256k1 ────────────────────────────────────────────────────────────────────────────────────────────────────

DIGEST = secp256k1.personal_digest(b"gm")


def spellings(plain: bytes) -> list[bytes]:
    """r‖s‖v with both habits of v, and EIP-2098."""
    parity = plain[64] - 27
    compact = (int.from_bytes(plain[32:64], "big") | parity << 255).to_bytes(32, "big")
    return [plain, plain[:64] + bytes([parity]), plain[:32] + compact]


@pytest.mark.parametrize("round_", range(8))
def test_signature_in_any_spelling_recovers_its_wallet(round_: int) -> None:
    wallet = Wallet()
    for signature in spellings(wallet.sign_digest(DIGEST)):
        assert secp256k1.recover(DIGEST, signature) == secp256k1.Recovered(wallet.address, malleable=False)


def test_signature_with_a_high_s_is_marked() -> None:
    wallet = Wallet()
    plain = wallet.sign_digest(DIGEST)
    s = (ORDER - int.from_bytes(plain[32:64], "big")).to_bytes(32, "big")
    twin = plain[:32] + s + bytes([27 + 28 - plain[64]])
    assert secp256k1.recover(DIGEST, twin) == secp256k1.Recovered(wallet.address, malleable=True)


@pytest.mark.parametrize(
    "junk",
    [b"", bytes(64), bytes(65), b"\xff" * 65, b"\xff" * 64 + b"\x1b", bytes(63), bytes(66), b"\1" * 64 + b"\x1d"],
)
def test_junk_recovers_no_signer(junk: bytes) -> None:
    assert secp256k1.recover(DIGEST, junk) is None


@pytest.mark.parametrize("seed", range(1, 4))
def test_pure_python_recovers_as_libsecp256k1_does(seed: int) -> None:
    signature = PrivateKey.from_int(seed).sign_recoverable(DIGEST, hasher=None)
    assert secp256k1._recover_python(DIGEST, signature) == secp256k1._recover_native(DIGEST, signature)
    for junk in (bytes(65), b"\xff" * 64 + b"\1"):
        assert secp256k1._recover_python(DIGEST, junk) is None


def test_personal_digest_is_what_wallets_sign() -> None:
    """The example of EIP-191's personal_sign in the ethers documentation: hashMessage("Hello World")."""
    digest = secp256k1.personal_digest(b"Hello World")
    assert digest.hex() == "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2"


# ── Solana ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_solana_text_when_parsed_and_built_is_equal() -> None:
    full = replace(
        GOOD_SOLANA,
        expiration_time="2026-11-23T13:00:00.000Z",
        not_before="2026-11-22T13:00:00.000Z",
        request_id="r1",
        resources=("https://a.example",),
    )
    for message in (GOOD_SOLANA, full, replace(full, statement=None)):
        assert solana.parse(solana.build(message)) == message


def test_solana_text_without_statement_has_one_blank_line_or_two() -> None:
    plain = replace(GOOD_SOLANA, statement=None)
    text = solana.build(plain)
    spaced = text.replace("\n\nURI: ", "\n\n\nURI: ")
    assert spaced != text
    assert solana.parse(text) == solana.parse(spaced) == plain
    with pytest.raises(SignInRefused):
        solana.parse(text.replace("\n\nURI: ", "\n\n\n\n\nURI: "))


def test_solana_chain_may_be_missing_or_where_caip_122_has_it() -> None:
    text = solana.build(replace(GOOD_SOLANA, chain_id="devnet"))
    moved = text.replace("Chain ID: devnet\n", "") + "\nChain ID: devnet"
    assert solana.parse(moved).chain_id == "devnet"
    assert solana.parse(text.replace("Chain ID: devnet\n", "")).chain_id == "mainnet"


@pytest.mark.parametrize(
    ("written", "cluster"),
    [
        ("mainnet", "mainnet"),
        ("solana:mainnet", "mainnet"),
        ("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "mainnet"),
        ("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "mainnet"),
        ("EtWTRABZaYq6iMfeYKouRu166VU2xqa1", "devnet"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_cluster_has_one_name(written: str, cluster: str) -> None:
    assert solana.parse(solana.build(replace(GOOD_SOLANA, chain_id=written))).chain_id == cluster


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(SOLANA.address, "1" * 32),
        lambda text: text.replace(SOLANA.address, SOLANA.address + "0"),
        lambda text: text.replace(SOLANA.address, "0x" + "ab" * 20),
        lambda text: text.replace("Hello.", "two\nlines"),
        lambda text: text.replace("Solana account", "Ethereum account"),
        lambda text: text.replace("Nonce: 0123456789abcdef\n", ""),
        lambda text: text.split("\n\n")[0],
        lambda text: text + "\n",
        lambda text: text + "\nChain ID: mainnet",
    ],
)
def test_solana_text_of_another_shape_is_malformed(spoil: Any) -> None:
    with pytest.raises(SignInRefused) as refused:
        solana.parse(spoil(solana.build(GOOD_SOLANA)))
    assert refused.value.code == "malformed"


def test_solana_signature_covers_exactly_the_bytes() -> None:
    text = solana.build(GOOD_SOLANA)
    signature = base58.b58decode(SOLANA.sign(text))
    assert solana.verifies(SOLANA.address, text.encode(), signature)
    assert not solana.verifies(SOLANA.address, text.encode() + b" ", signature)
    assert not solana.verifies(SolanaWallet().address, text.encode(), signature)
    assert not solana.verifies(SOLANA.address, text.encode(), signature[:-1])


def test_solana_key_of_small_order_verifies_nothing() -> None:
    for raw in (bytes(32), b"\1" + bytes(31), bytes(31) + b"\x80", b"\xec" + b"\xff" * 30 + b"\xff"):
        assert solana.public_key(base58.b58encode(raw).decode()) is None


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_addresses_of_eip_55_keep_their_spelling(address: str) -> None:
    assert checksum(address.lower()) == checksum(address) == normal_account(address) == address


def test_account_id_has_one_spelling() -> None:
    contract = contract_account(8453, KEY.lower())
    assert contract == normal_account(contract.lower()) == f"eip155:8453:{KEY}"
    of_solana = f"solana:mainnet:{SOLANA.address}"
    assert normal_account(of_solana) == of_solana
    assert [address_on(account, 1) for account in (KEY, of_solana, "app:backend", "")] == [KEY, None, None, None]
    assert [address_on(contract, chain) for chain in (8453, 1)] == [KEY, None]


@pytest.mark.parametrize(
    "text", ["", "0x", KEY + "0", "eip155:01:" + KEY, "eip155::" + KEY, "solana:mainnet:xyz", "app:key", KEY + "\n"]
)
def test_other_text_is_no_account(text: str) -> None:
    with pytest.raises(Invalid):
        normal_account(text)


@pytest.mark.long
def test_one_core_verifies_five_thousand_sign_ins_a_second() -> None:
    assert max(verifications_per_second(2_000) for _ in range(3)) >= 5_000


# ── pages of this machine, and app shells ────────────────────────────────────────────────────────────────────────

SHELLS = (
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "app://bundle",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
)


@pytest.mark.parametrize("origin", SHELLS)
def test_app_shell_signs_in_when_its_origin_is_listed(origin: str) -> None:
    rules = sign_in_rules(origins=("https://app.example", origin))
    assert rules.serving_origin(origin) == origin
    check_place(replace(GOOD, domain=domain_of(origin), uri=origin), rules)


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000", "https://[::1]:8443"])
def test_page_of_this_machine_signs_in_only_where_loopback_is_allowed(origin: str) -> None:
    listed = ("https://app.example",)
    assert sign_in_rules(origins=listed, loopback=True).serving_origin(origin) == origin
    check_place(replace(GOOD, domain=domain_of(origin), uri=origin), sign_in_rules(origins=listed, loopback=True))
    with pytest.raises(SignInRefused):
        check_place(replace(GOOD, domain=domain_of(origin), uri=origin), sign_in_rules(origins=listed))


@pytest.mark.parametrize(
    "origin", ["http://localhost.evil.example", "http://127.0.0.1.evil.example", "ftp://localhost"]
)
def test_loopback_accepts_no_origin_that_only_looks_like_one(origin: str) -> None:
    assert not sign_in_rules(origins=("https://app.example",), loopback=True).accepts(origin)
