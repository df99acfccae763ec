"""Files of rooms: taken in piece by piece, kept once by content, counted per account, and gone when nobody names them.

Owns the way of an upload, the tickets that stand for a right to read, and the removal of what nobody names. Knows no
disk, no bucket and no database: `store.FileStore` keeps bytes, `store.FileRows` what is known of them.

Walk: `uploads.Uploads.keep` fills a `Spool`, `examine.examined` finds type and size, `FileRows.add` puts the file on
its room's list; `sweep.Sweeper` removes the bytes of those that are on no list. Shown by
tests/runtime/files/test_uploads.py.
"""
