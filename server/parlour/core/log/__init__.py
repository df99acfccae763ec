"""The log of a room as bytes: hash chain, signatures and formats. Also what changed between two views.

Owns: canonical JSON and the hash chain (hash_chain.py), EIP-712 signatures of posts (signed_posts.py), formats
(formats.py), JSON patches (patches.py) and steps (steps.py). Never: what an entry means to a room.
Walk: Draft → canonical → seal → Entry; a transcript is checked with first_break.
Shown by: tests/core/log/test_hash_chain.py.
"""
