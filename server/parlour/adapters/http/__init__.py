"""The HTTP side of the server: sign-in, the JSON API, the console's data, pages, and its own description.

Owns: routes as `Route`s, who asks (callers.py), bodies, errors and CORS (middleware.py).
Never: decides a right in a room, reads a host or the store (that is RoomService), or knows adapters/socket.
Walk: middleware.py -> api.py -> callers.py -> runtime/rooms/interface.py -> answers.py.
Shown by: tests/adapters/http/test_documents.py and tests/e2e/test_protocol_http.py.
"""
