"""Checks of a finished log from its transcript: who wrote it, and whether the match kept its rules.

Owns: the check of signatures and delegations (authors.py), the check of a match (match.py). Never: a store, a chain;
what only a chain can confirm is listed apart.
Walk: `parlour verify` → check_authors → Signers.posts; played_out → check_match → GameLog.refuses.
Shown by: tests/core/proof/test_match.py.
"""
