"""The way to the server: sockets that come and go, requests and posts that outlive them, HTTP.

It owns the pauses, the order of what is sent and the session's renewal. It never knows what a room is. A post's walk:
`Outbox` → `Connection` → `SocketIo`; a socket's: `Connection` → `Dialer`. Shown by the conversations 01, 03, 11, 15 and
16 (tests/clients/test_conversations.py).
"""
