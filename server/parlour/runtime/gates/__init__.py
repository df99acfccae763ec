"""Gates at work: asks chains whether accounts pass, lets them in, and ends their right within the block.

    door.py (who has to be asked) -> checks.py -> contract_reads.py (one call a chain) -> GateUpdate in the room's log
    revocations.py (a step of a chain) -> members.py (whom its logs concern) -> checks.py -> GateUpdate

Owns: who is being asked, the index of members by token, the re-checks. Never: a right that is not in a room's log.
Shown by: tests/runtime/gates/test_gates_on_simchain.py.
"""
