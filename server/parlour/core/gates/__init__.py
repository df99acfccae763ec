"""Gates: who may enter a room, as balances, contract calls and lists of accounts say (protocol §12).

    tree.read_gate → questions.questions_of → (the chain answers) → judge.judge → grants.Grants

Owns: the tree of a gate, what has to be asked of which chain, three-valued judgement, and the fold of the entries that
grants rest on. Never: a node, a clock, a room.
Shown by: tests/core/gates/test_judge.py.
"""
