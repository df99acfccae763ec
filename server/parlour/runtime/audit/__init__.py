"""Owns reading the audit trail and sealing it; rows are written by the parts that make the changes.

Walk: trail.py -> sealer.py. Shown by tests/adapters/console/test_audit_rows.py.
"""
