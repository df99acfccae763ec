"""Transactions to an escrow: as eth-account makes them, byte for byte."""

from __future__ import annotations

from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.settlement.keys import SettlementKey
from parlour.runtime.settlement.transactions import Transaction

SECRET = b"\x07" * 32
ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@given(st.integers(0, 2**40), st.integers(0, 2**70), st.integers(1, 2**53), st.binary(max_size=300))
def test_signed_transaction_is_the_one_eth_account_makes(nonce: int, price: int, chain: int, data: bytes):
    raw, hash_ = Transaction(chain, nonce, price, 100_000, ESCROW, data).signed(SettlementKey(SECRET))
    plain = {
        "chainId": chain,
        "nonce": nonce,
        "gasPrice": price,
        "gas": 100_000,
        "to": ESCROW,
        "data": data,
        "value": 0,
    }
    signed = Account.sign_transaction(plain, SECRET)
    assert raw == bytes(signed.raw_transaction)
    assert hash_ == "0x" + signed.hash.hex().removeprefix("0x")
