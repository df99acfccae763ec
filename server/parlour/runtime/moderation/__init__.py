"""Asks the operator's own service about posts, before their rooms decide.

Owns the order of an account's posts while answers are awaited, and what happens where there is no answer. Knows no
HTTP: `judging.Judge` is what asks.

Walk: `moderated.ModeratedRooms.submit` gives a post to `judging.Judging`, which asks at once and passes it on in the
account's order. Shown by tests/runtime/moderation/test_judging.py.
"""
