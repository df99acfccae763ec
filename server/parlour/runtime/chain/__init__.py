"""Follows chains: reads blocks and logs from nodes and delivers the entries made from them to rooms.

Owns: the follower's cursor and lease, the outbox, and where each watch begins.
Never: opens a room, knows who may watch (runtime/rooms/watch.py), or speaks HTTP or SQL.
Walk: follower.py -> nodes/reader.py -> ledger.py (plans a step) -> store.py (one transaction) -> outbox.py.
Shown by: tests/runtime/chain/test_event_walk.py; every failure of docs/chain.md in tests/runtime/chain/.
"""
