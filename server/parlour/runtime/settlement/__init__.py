"""Settlement of finished games: the referee's key, and the transactions that bring results to their escrows.

Owns: reading keys, which rooms wait for their escrow, the settling account's nonces and prices. Never: who gets how
much (core/settlement/) or what the escrow said (core/games/escrow.py). It remembers nothing that a kill could lose.
Walk: `settler.Settler` hears of a block or an entry → `due.standing_of` reads the room → `transactions.Transaction` is
tracked in the room, then sent → the escrow's event comes back through the room's watch.
Shown by: tests/runtime/settlement/test_keys.py, tests/e2e/test_settlement.py.
"""
