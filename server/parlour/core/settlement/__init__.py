"""Settlement: what a table's players put into an escrow, and the signed result that pays it out (protocol §16).

    terms.read_terms → room.created → (games are played) → result.unsigned → result.completed: {typedData, sig}

Owns: the terms of an escrow as a room keeps them, the name of a game there, EIP-712 of its result, who gets how much.
Never: a key, a node, a clock, a room, or the fold of the escrow's events (core/games/escrow.py).
Shown by: tests/core/settlement/test_terms.py, tests/core/settlement/test_result.py.
"""
