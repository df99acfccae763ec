"""Endpoints of chains: what is asked of them, which one is asked, and whether an answer is believed.

Owns: health and fail-over of endpoints, subscriptions to heads, and the checks of headers, logs and receipts.
Never: stores anything, or decides what a block means to a room.
Walk: endpoints.py (picks one) -> reader.py, ranges.py (ask and check) -> node.py (what an endpoint is).
Shown by: tests/runtime/chain/test_follower_faults.py.
"""
