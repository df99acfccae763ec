"""Files of rooms over HTTP (protocol §7): upload, ticket, download, and avatars.

Owns how bytes travel: pieces of a body in, ranges with their headers out. Decides no right: `FileRights` does, on every
request.

Walk: `file_routes.FileRoutes.upload` reads pieces with `pieces.pieces_of`, `FileRoutes.read` sends them with
`ranges.send`. Shown by tests/e2e/test_files.py.
"""
