"""Owns the tables of audit rows and how a row is written inside another part's transaction.

It lies below `sql/`, because the append of a room writes such rows too; `console/` reads and seals them.
Walk: insert.py -> tables.py. Shown by tests/adapters/console/test_audit_rows.py.
"""
