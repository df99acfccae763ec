"""Documents: rooms whose log holds the updates of one Yjs document.

    doc.update → read_update (updates.py) → Contents.brings_news → stored → Contents.take (contents.py) → a join's state

Owns: the kind `document`, what an update may be, what is stored of a document, its versions. Never: a tree of the
document that clients read. What is stored, merged and sent is what clients wrote, byte by byte; a `pycrdt.Doc`
(shadow.py) only exports, compacts and goes back to a version.
Shown by: tests/core/documents/test_room.py.
"""
