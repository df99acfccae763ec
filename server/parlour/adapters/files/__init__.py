"""Files: their bytes in a folder or in an S3 bucket, and the lists of rooms' files in the database.

Owns where a file is while it arrives, where it is kept, and whose it is. What messages name is noted in their own
transaction, by `adapters/sql/kept_beside.py`; what is kept and what goes is decided by `runtime/files`.

Walk: `open_store.open_file_store` reads the setting, `spool.SpoolFile` takes the pieces, `disk.DiskStore` or
`s3.S3Store` keeps them, `room_lists.SqlFileRows.add` lists them. Shown by tests/adapters/files/test_file_stores.py.
"""
