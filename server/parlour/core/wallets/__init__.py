"""Wallet rooms: one account's transfers and balances on the chains it names, and the transactions it tracks.

    options.py (what is followed) -> watches (runtime/server_rooms/wallet_rooms.py) -> route.py (logs that touch the
    account become `wallet.transfer`) and `chain.balance` -> room.py: `wallet.balance`, fold, view

Owns: what a wallet's room is told and shows. Never: a node; trust in what a token says of itself.
Shown by: tests/runtime/test_wallet_rooms.py.
"""
