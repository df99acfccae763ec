"""What accounts are told: the list of their notices, how much they want to hear, and who hears of a call to a room.

Owns notices beyond the transaction that made them. Never: decides who is mentioned (core/rooms/chat.py, direct.py), or
counts what is unread in a room (runtime/rooms/inbox.py).

Walk: a post's notices are drawn up in live_room/commit.py and stored with its entry; `@room` leaves a row that
spread.Spreader takes page by page; notices.Notices lists both. Shown by tests/e2e/test_notices.py.
"""
