"""Web push over Postgres or SQLite and HTTP: subscriptions, encryption (pywebpush) and posts.

Owns the server's VAPID key, and the guard that lets no subscription reach an address inside the operator's network.
What is pushed when is decided in runtime/push.

Walk: `rows.SqlPushRows` keeps and finds; `vapid.load_vapid` reads or makes the key; `posting.PushPosts` encrypts a
payload for a browser and posts it.
Shown by tests/adapters/push and tests/e2e/test_push.py.
"""
