"""What a market asks of its chain: the facts of its pool once, and its depth when somebody asks.

Owns: reading pools, factories and tokens by `eth_call`, none of which is believed. Never: opens a room, or polls.
Walk: pool_facts.py (before a market is created) · depth.py (`market:depth`).
Shown by: tests/runtime/markets/, and tests/e2e/test_protocol_market.py with real contracts on anvil.
"""
