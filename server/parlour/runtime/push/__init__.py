"""Web push: notices reach browsers in which no page of ours is open (RFC 8030, 8291, 8292).

Owns which browsers an account wants pushes in, and which notices are pushed when. Never encrypts, posts or stores: the
adapters do (adapters/push). It is a sink of the inbox: it reads notices that rooms and the spreader stored.

Walk: `subscriptions.Subscriptions` keeps what browsers made; `pusher.Pusher` looks for notices nobody read in time.
Shown by tests/runtime/push and tests/e2e/test_push.py.
"""
