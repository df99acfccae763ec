"""Markets: swaps of on-chain pools as trades, candles, day figures, fills of orders, and an AMM's depth.

Owns: what a swap's amounts mean, exact prices, the fold from trades to candles, and the kind `market`.
Never: calls a node, subtracts from a sum, or computes with floats.
Walk: room.py (the kind) -> trades.py (an entry) -> swaps.py (an event of a pool) -> candles.py (each interval).
Shown by: tests/core/markets/, with the swaps of real mainnet blocks.
"""
