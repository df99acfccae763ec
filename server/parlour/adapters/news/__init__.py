"""Owns the table of news about accounts and chains, and how a piece of news is written with what it tells of.

It lies below `sql/`, because chains and sessions are stored there; `webhooks/` reads it. Holds no text of a person.
Walk: insert.py -> tables.py. Shown by tests/adapters/webhooks/test_news.py.
"""
