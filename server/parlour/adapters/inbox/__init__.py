"""Notices, levels and spread messages in SQL.

Reads and writes the tables `notice` and `spread`, which appends fill too (sql/talk.py), and the levels in `member` and
`follow`. Decides no right: `runtime/inbox` does.

Walk: `notices:list` → `Notices.page` → `rows.SqlInbox.page`. Shown by tests/adapters/inbox/test_rows.py.
"""
