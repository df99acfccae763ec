"""Owns what an audit row says and how rows are chained by hashes; it neither stores nor seals.

Walk: record.py -> hash_chain.py. Shown by tests/core/audit/test_hash_chain.py.
"""
