"""Orders that solvers settle for others: the venues that are known, and what their events say.

Owns: addresses and events of CoW Protocol and UniswapX, the body of a fill, sums by order.
Never: decides whose fill is told: markets tell those of their pair, wallets their account's.
Walk: venues.py (what is watched) -> fills.py (what an event becomes).
Shown by: tests/runtime/test_wallet_rooms.py, tests/e2e/test_protocol_market.py.
"""
