"""Tracked transactions at work: what rooms asked for by `wallet.track` becomes `wallet.transaction` entries.

    room_tracks.py (a post) -> block_states.py (each step: hashes of blocks, heights) -> the room's log
                               polling.py (every 15 s: pending, dropped, replaced)

Owns: which transactions are looked for. Never: a poll per transaction and block, a state that is not in a room's log.
Shown by: tests/runtime/tracking/test_tracking_on_simchain.py.
"""
