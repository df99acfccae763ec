"""What a chain's blocks themselves mean for rooms: watches of blocks and of balances, look-ups.

Owns: what is told beside events of contracts (runtime/chain): `chain.block`, `chain.balance`; and answers of look-ups.
Never: follows a chain: it listens behind the follower's step (runtime/chain/step_listener.py).
Walk: listener.py (both) -> block_watches.py, balance_watches.py · lookups.py (`chain:lookup`).
Shown by: tests/runtime/blocks/, over seeded reorganisations of a simulated chain.
"""
