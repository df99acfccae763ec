"""Rooms that the server makes by itself, when somebody first joins them.

Owns: which reserved ids lead to a room, what it is made with, and that its state says when its chain is silent.
Never: decides what holds there (core/rooms/reserved.py).
Walk: chain_rooms.py (`chain:<chain>`), wallet_rooms.py, market_rooms.py · silence.py (states that stand still).
Shown by: tests/e2e/test_protocol_chain_rooms.py.
"""
